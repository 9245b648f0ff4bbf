// Command otlp-receiver is the OpenTelemetry Collector's OTLP receiver and nothing behind it: each span is a line of JSON on
// standard output. Conformance suites export to it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
)

type span struct {
	Service  string         `json:"service"`
	Name     string         `json:"name"`
	TraceID  string         `json:"traceId"`
	SpanID   string         `json:"spanId"`
	ParentID string         `json:"parentId"`
	Start    uint64         `json:"startNanos"`
	End      uint64         `json:"endNanos"`
	Values   map[string]any `json:"attributes"`
}

func print(_ context.Context, traces ptrace.Traces) error {
	out := json.NewEncoder(os.Stdout)
	for _, resource := range traces.ResourceSpans().All() {
		service, _ := resource.Resource().Attributes().Get("service.name")
		for _, scope := range resource.ScopeSpans().All() {
			for _, s := range scope.Spans().All() {
				line := span{service.AsString(), s.Name(), s.TraceID().String(), s.SpanID().String(), s.ParentSpanID().String(),
					uint64(s.StartTimestamp()), uint64(s.EndTimestamp()), s.Attributes().AsRaw()}
				if err := out.Encode(line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func run() error {
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	endpoints := map[string]any{"protocols": map[string]any{
		"grpc": map[string]any{"endpoint": os.Args[1]},
		"http": map[string]any{"endpoint": os.Args[2]},
	}}
	if err := confmap.NewFromStringMap(endpoints).Unmarshal(config); err != nil {
		return err
	}
	sink, err := consumer.NewTraces(print)
	if err != nil {
		return err
	}
	settings := receiver.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	traces, err := factory.CreateTraces(context.Background(), settings, config, sink)
	if err != nil {
		return err
	}
	if err := traces.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return err
	}
	fmt.Println("ready")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	return traces.Shutdown(context.Background())
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: otlp-receiver GRPC-HOST:PORT HTTP-HOST:PORT")
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
