/** EventService: the embedded event stream. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { headToMessage, wholeDeltaToMessage } from '@zonecast/contract'
import {
  type EventService,
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
  type ZoneEvent,
  ZoneEventSchema,
} from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { principalOf } from '@zonecast/rpc'
import type { Lineage } from '../lineage/lineage.ts'
import { type Clock, wallMs } from '@zonecast/runtime'
import { readerOf } from '../access/zone-access.ts'
import type { CommitEvent } from '../database/zone-database.ts'
import type { Traces } from '../progress/traces.ts'
import type { EventHub } from './event-hub.ts'

/** A quiet stream says this often that it lives. */
const heartbeatMs = 10_000
const messageOctets = 512 << 10

interface Ports {
  readonly events: EventHub
  readonly clock: Clock
  readonly lineage: Lineage
  readonly traces: Pick<Traces, 'own'>
}

export function eventService(ports: Ports): ServiceImpl<typeof EventService> {
  return { watch: (request, context) => watch(ports, request, context) }
}

async function* watch(
  { events, clock, lineage, traces }: Ports,
  { positions, logId }: WatchRequest,
  context: HandlerContext,
): AsyncGenerator<WatchResponse, void, undefined> {
  const { signal } = context
  const refusal = await lineage.withheld()
  if (refusal) throw refusal
  const isOurs = Buffer.compare(logId, events.logId) === 0
  const { role, name } = principalOf(context)
  if (isOurs && role === 'publisher') lineage.stands(`the publisher ${name}`, positions)
  const reads = readerOf(context, 'event.read')
  const watcher = events.watch(new Map(positions.map(({ shard, position }) => [shard, isOurs ? position : 0n])))
  const close = () => watcher.close()
  signal.addEventListener('abort', close)
  try {
    // At once, so that the watcher knows that the stream is open, and whose positions it carries.
    yield create(WatchResponseSchema, { logId: events.logId, ...taken(traces, watcher.take(messageOctets), reads) })
    while (!watcher.closed) {
      const timer = clock.schedule(heartbeatMs, () => watcher.wake())
      await watcher.wait()
      timer.cancel()
      if (!watcher.closed) yield create(WatchResponseSchema, taken(traces, watcher.take(messageOctets), reads))
    }
  } finally {
    signal.removeEventListener('abort', close)
    watcher.close()
  }
}

function taken(
  traces: Pick<Traces, 'own'>,
  { events, gap }: { events: readonly CommitEvent[]; gap: boolean },
  reads: ((zone: string) => boolean) | undefined,
) {
  const readable = reads ? events.filter(({ head }) => reads(head.zone)) : events
  return { events: readable.map((event) => eventToMessage(traces, event)), gap }
}

/** Each event is made into a message once, however many watch. */
const messages = new WeakMap<CommitEvent, ZoneEvent>()

function eventToMessage(traces: Pick<Traces, 'own'>, event: CommitEvent): ZoneEvent {
  let message = messages.get(event)
  if (!message) {
    const { head, delta, changeIds, committedAtMs } = event
    message = create(ZoneEventSchema, {
      head: headToMessage(head),
      ...(delta && { delta: wholeDeltaToMessage(delta) }),
      changeIds: [...changeIds],
      traceparent: announced(traces, event),
      committedAt: timestampFromMs(committedAtMs),
    })
    messages.set(event, message)
  }
  return message
}

/** The event leaves. */
function announced(traces: Pick<Traces, 'own'>, { head, traceparent, committedAtMs }: CommitEvent): string {
  const { zone, state } = head
  if (traceparent === '') return ''
  return traces.own('announce', { zone, ...state, traceparent }, committedAtMs, Math.max(committedAtMs, wallMs()))
}
