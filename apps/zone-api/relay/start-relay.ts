/** A relay into Kafka, and what the health service and the metrics tell of it. */
import { type EventSink, kafkaEventSink, type KafkaSettings } from '@zonecast/event-log'
import { type HealthState, ServingStatus } from '@zonecast/rpc'
import type { Clock, Logger, Metrics } from '@zonecast/runtime'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { Relay } from './relay.ts'
import { registerRelayGauges, relayMetrics } from './relay-metrics.ts'

/** The health service tells of it under this name: the zone API itself is well without its brokers. */
export const relayService = 'zonecast.relay'

interface Ports {
  /** Other zone APIs have the same database. */
  readonly isShared?: boolean
  readonly database: ZoneDatabase
  readonly health: Pick<HealthState, 'set'>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

export function startKafkaRelay({ settings, ...ports }: Ports & { readonly settings: KafkaSettings }): Relay {
  return startRelay({ ...ports, sink: kafkaEventSink({ settings, logId: ports.database.logId, clientId: 'zonecast.zone-api' }) })
}

export function startRelay({
  database,
  sink,
  health,
  clock,
  log,
  metrics,
  isShared = false,
}: Ports & { readonly sink: EventSink }): Relay {
  const tell = (connected: boolean) => health.set(relayService, connected ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
  const relay = new Relay({ database, sink, clock, log, metrics: relayMetrics(metrics), onConnected: tell, isShared })
  tell(false)
  // A database that is back is told of for all services at once, and says nothing of this one.
  database.onServing(() => tell(relay.connected))
  registerRelayGauges(metrics, relay)
  relay.start()
  return relay
}
