/** Front door of the event log: the port and its adapters. */
export { embeddedEventLog } from './embedded.ts'
export type { EventBatch, EventLog, WatchFrom, ZoneEvent } from './event-log.ts'
