/** Front door of the event log: the port and its adapters. */
export { embeddedEventLog } from './embedded.ts'
export type { EventBatch, EventLog, EventSink, PublishedEvent, WatchFrom, ZoneEvent } from './event-log.ts'
export { kafkaEventLog } from './kafka-log.ts'
export { kafkaSchema, type KafkaSettings } from './kafka-settings.ts'
export { kafkaEventSink } from './kafka-sink.ts'
