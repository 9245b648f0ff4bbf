/** The embedded event log over real RPC, against a server that remembers events as the zone API does. */
import { strict as assert } from 'node:assert'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { headToMessage, wholeDeltaToMessage } from '@zonecast/contract'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { createRpcClient, createRpcServer, createRpcTransport } from '@zonecast/rpc'
import { AsyncQueue, createMetrics, silentLogger } from '@zonecast/runtime'
import { test } from 'vitest'
import { eventLogContract, eventOf, type LogUnderTest } from './contract.ts'
import { embeddedEventLog } from './embedded.ts'
import type { ZoneEvent } from './event-log.ts'

eventLogContract('embedded', openEmbedded)

test('a log that is away throws', async () => {
  const transport = createRpcTransport({ url: 'http://127.0.0.1:1', token: 'zc_test' })
  const log = embeddedEventLog({ client: createRpcClient(EventService, transport) })
  const watch = log.watch({ positions: new Map([[0, 0n]]), logId: new Uint8Array(0), signal: new AbortController().signal })
  await assert.rejects(watch[Symbol.asyncIterator]().next(), /unavailable/)
  transport.close()
})

async function openEmbedded(): Promise<LogUnderTest> {
  const logId = new Uint8Array(16).fill(5)
  const watchers = new Set<AsyncQueue<ZoneEvent>>()
  let remembered: ZoneEvent[] = []
  let forgotten = 0n
  const emptied = new AsyncQueue<'left'>(64)
  const server = createRpcServer({
    services: [EventService],
    guard: { authenticate: () => ({ name: 'publisher', role: 'publisher', permissions: new Set(['event.read']), grants: [] }) },
    log: silentLogger(),
    metrics: createMetrics('event-log-test'),
    routes: (router) =>
      router.service(EventService, {
        async *watch({ positions }, { signal }) {
          const behind = (event: ZoneEvent) =>
            positions.some(({ shard, position }) => shard === event.head.shard && event.head.position > position)
          const queue = new AsyncQueue<ZoneEvent>(64)
          for (const event of remembered.filter(behind)) void queue.push(event)
          watchers.add(queue)
          signal.addEventListener('abort', () => queue.end())
          try {
            yield { logId, gap: positions.some(({ position }) => position < forgotten) }
            for await (const event of queue) yield { events: [eventMessage(event)] }
          } finally {
            watchers.delete(queue)
            void emptied.push('left')
          }
        },
      }),
  })
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  const transport = createRpcTransport({ url, token: 'zc_test' })
  return {
    log: embeddedEventLog({ client: createRpcClient(EventService, transport) }),
    logId,
    async commit(zone, shard, position) {
      const event = eventOf(zone, shard, position)
      remembered.push(event)
      for (const queue of watchers) void queue.push(event)
      return event
    },
    forget() {
      forgotten = remembered.at(-1)?.head.position ?? 0n
      remembered = []
    },
    left: async () => void (await emptied.next()),
    async close() {
      transport.close()
      await server.close()
    },
  }
}

function eventMessage({ head, delta, changeIds, traceparent, committedAt }: ZoneEvent) {
  return {
    head: headToMessage(head),
    ...(delta && { delta: wholeDeltaToMessage(delta) }),
    changeIds: [...changeIds],
    traceparent,
    committedAt: timestampFromMs(committedAt as number),
  }
}
