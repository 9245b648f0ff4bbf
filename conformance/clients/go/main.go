// A client in Go, made of the generated code alone: one call of each kind, over TLS.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	zone "zonecast.example/client/gen/zonecast/zone/v1"
)

// metadataCredentials go with every call, and never without TLS.
type metadataCredentials map[string]string

func (c metadataCredentials) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return c, nil
}

func (metadataCredentials) RequireTransportSecurity() bool { return true }

// Addresses of the name take turns; what only reads is repeated where it met nobody.
const serviceConfig = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{"service": "zonecast.zone.v1.RecordService", "method": "GetRRset"}],
    "retryPolicy": {
      "maxAttempts": 5, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
}`

func main() {
	server := flag.String("server", "", "HOST:PORT")
	ca := flag.String("ca", "", "PEM file of the authority")
	name := flag.String("zone", "", "a zone to import and read")
	flag.Parse()
	if err := run(*server, *ca, *name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// credentialOf reads the environment: arguments are seen by everyone on the machine.
func credentialOf() metadataCredentials {
	if token := os.Getenv("TOKEN"); token != "" {
		return metadataCredentials{"authorization": "Bearer " + token}
	}
	return metadataCredentials{"username": os.Getenv("USERNAME"), "password": os.Getenv("PASSWORD")}
}

func run(server, caFile, name string) error {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate", caFile)
	}
	connection, err := grpc.NewClient("dns:///"+server,
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: roots})),
		grpc.WithPerRPCCredentials(credentialOf()),
		grpc.WithDefaultServiceConfig(serviceConfig))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return calls(metadata.AppendToOutgoingContext(ctx, "x-client", "go"), connection, name)
}

func calls(ctx context.Context, connection *grpc.ClientConn, name string) error {
	zones := zone.NewZoneServiceClient(connection)
	imported, err := importZone(ctx, zones, name)
	if err != nil {
		return fmt.Errorf("client stream: %w", err)
	}
	rrset, err := zone.NewRecordServiceClient(connection).GetRRset(ctx, &zone.GetRRsetRequest{Zone: name, Name: "www", Type: "A"})
	if err != nil {
		return fmt.Errorf("unary: %w", err)
	}
	text, err := exportZone(ctx, zones, name)
	if err != nil {
		return fmt.Errorf("server stream: %w", err)
	}
	head, err := fetch(ctx, zone.NewContentServiceClient(connection), name)
	if err != nil {
		return fmt.Errorf("bidirectional stream: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"version": imported, "values": rrset.GetRrset().GetValues(), "octets": len(text), "fetched": head,
	})
}

func importZone(ctx context.Context, zones zone.ZoneServiceClient, name string) (uint64, error) {
	stream, err := zones.ImportZone(ctx)
	if err != nil {
		return 0, err
	}
	lines := []string{"@ 60 IN SOA ns1 hostmaster 1 14400 3600 1209600 300\n", "@ 60 IN NS ns1\n", "ns1 60 IN A 192.0.2.53\n", "www 60 IN A 192.0.2.1\n"}
	header := &zone.ImportZoneRequest{Part: &zone.ImportZoneRequest_Header{Header: &zone.ImportHeader{Zone: name}}}
	if err := stream.Send(header); err != nil {
		return 0, err
	}
	for _, line := range lines {
		if err := stream.Send(&zone.ImportZoneRequest{Part: &zone.ImportZoneRequest_Data{Data: []byte(line)}}); err != nil {
			return 0, err
		}
	}
	answer, err := stream.CloseAndRecv()
	if err != nil {
		return 0, err
	}
	return answer.GetOutcomes()[0].GetEffect().GetState().GetVersion(), nil
}

func exportZone(ctx context.Context, zones zone.ZoneServiceClient, name string) ([]byte, error) {
	stream, err := zones.ExportZone(ctx, &zone.ExportZoneRequest{Zone: name})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for {
		piece, err := stream.Recv()
		if err == io.EOF {
			return text.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		text.Write(piece.GetData())
	}
}

func fetch(ctx context.Context, content zone.ContentServiceClient, name string) (string, error) {
	stream, err := content.Fetch(ctx)
	if err != nil {
		return "", err
	}
	if err := stream.Send(&zone.FetchRequest{Want: 7, Zone: name}); err != nil {
		return "", err
	}
	for {
		answer, err := stream.Recv()
		if err != nil {
			return "", err
		}
		if answer.GetWant() == 7 {
			return answer.GetHead().GetZone(), stream.CloseSend()
		}
	}
}
