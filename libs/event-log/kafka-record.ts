/** An event as the value of a Kafka message, and back. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt'
import { headFromMessage, headToMessage, required } from '@zonecast/contract'
import { ZoneEventSchema } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { LogRecordSchema } from '@zonecast/contract/generated/zonecast/event/v1/log_record_pb'
import type { PublishedEvent, ZoneEvent } from './event-log.ts'

export interface DecodedRecord {
  readonly logId: Uint8Array
  readonly event: ZoneEvent
}

export function encodeRecord(logId: Uint8Array, { head, changeIds, traceparent, committedAt, after }: PublishedEvent): Buffer {
  const event = create(ZoneEventSchema, {
    head: headToMessage(head),
    changeIds: [...changeIds],
    traceparent,
    ...(committedAt !== undefined && { committedAt: timestampFromMs(committedAt) }),
  })
  return Buffer.from(toBinary(LogRecordSchema, create(LogRecordSchema, { logId, after, event })))
}

/** Throws where the octets are no record of ours. They are copied: they came in a larger buffer. */
export function decodeRecord(octets: Uint8Array): DecodedRecord {
  const { logId, after, event } = fromBinary(LogRecordSchema, new Uint8Array(octets))
  const { head, changeIds, traceparent, committedAt } = required(event, 'LogRecord.event')
  return {
    logId,
    event: {
      head: headFromMessage(required(head, 'ZoneEvent.head')),
      delta: undefined,
      changeIds,
      traceparent,
      committedAt: committedAt && timestampMs(committedAt),
      after,
    },
  }
}
