/** The event log inside the zone API: a client of `EventService.Watch`. */
import { timestampMs } from '@bufbuild/protobuf/wkt'
import type { Client } from '@connectrpc/connect'
import { headFromMessage, required, wholeDeltaFromMessage } from '@zonecast/contract'
import type {
  EventService,
  WatchResponse,
  ZoneEvent as EventMessage,
} from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import type { EventBatch, EventLog, WatchFrom, ZoneEvent } from './event-log.ts'

/** The embedded event log; the zone API remembers recent events and says `gap` to those who were away for longer. */
export function embeddedEventLog({ client }: { readonly client: Client<typeof EventService> }): EventLog {
  return {
    async *watch({ positions, logId, signal }: WatchFrom) {
      const listed = [...positions].map(([shard, position]) => ({ shard, position }))
      for await (const message of client.watch({ positions: listed, logId }, { signal })) yield batchFromMessage(message)
    },
  }
}

function batchFromMessage({ logId, gap, events }: WatchResponse): EventBatch {
  return { logId: logId.length > 0 ? logId : undefined, gap, events: events.map(eventFromMessage) }
}

function eventFromMessage({ head, delta, changeIds, traceparent, committedAt }: EventMessage): ZoneEvent {
  return {
    head: headFromMessage(required(head, 'ZoneEvent.head')),
    delta: delta && wholeDeltaFromMessage(delta),
    changeIds,
    traceparent,
    committedAt: committedAt && timestampMs(committedAt),
  }
}
