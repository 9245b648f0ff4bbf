/** Heartbeats, silence and the way back, by a clock that the test moves. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { FollowRequest, FollowResponse } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { AsyncQueue, silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import type { Edge } from './edge.ts'
import { follow, type FollowerOptions } from './follower.ts'

/** One stream as the publisher sees it. */
interface Served {
  readonly requests: FollowRequest[]
  readonly responses: AsyncQueue<FollowResponse>
  readonly signal: AbortSignal
}

function start() {
  const clock = fakeClock()
  const served: Served[] = []
  const closed: number[] = []
  const silences: boolean[] = []
  let streams = 0
  const edge = {
    open: (port) => {
      const id = ++streams
      port.send({ kind: 'heartbeat' })
      return { id, received: () => {}, silent: (isSilent) => void silences.push(isSilent), closed: () => void closed.push(id) }
    },
  } as Pick<Edge, 'open'>
  const client = {
    follow: (requests: AsyncIterable<FollowRequest>, { signal }: { signal: AbortSignal }) => {
      const stream: Served = { requests: [], responses: new AsyncQueue(64), signal }
      served.push(stream)
      signal.addEventListener('abort', () => stream.responses.fail(signal.reason))
      void (async () => {
        for await (const request of requests) stream.requests.push(request)
      })()
      return stream.responses
    },
  }
  const options = { url: 'http://127.0.0.1:1', client, edge, clock, log: silentLogger(), random: () => 0.5 }
  const follower = follow(options as unknown as FollowerOptions)
  return { clock, served, closed, silences, follower }
}

const turn = () => new Promise((next) => setImmediate(next))
const message = (part: object) => ({ message: part }) as FollowResponse
const welcome = (heartbeatMilliseconds: number) =>
  message({
    case: 'welcome',
    value: { protocol: 1, publisherId: 'p', logId: new Uint8Array(16), shards: [], placements: [], heartbeatMilliseconds },
  })
const heartbeat = message({ case: 'heartbeat', value: {} })

test('a publisher that lets the edge choose is taken for asleep after three seconds, until it is heard', async () => {
  const { clock, served, silences, follower } = start()
  await turn()
  const [stream] = served as [Served]
  void stream.responses.push(welcome(5_000))
  await turn()
  await clock.pass({ ms: 4_000 })
  assert.deepEqual(silences, [], 'one that sends what it likes is not doubted')
  void stream.responses.push(message({ case: 'shards', value: { held: [1], current: [] } }))
  await turn()
  await clock.pass({ ms: 2_900 })
  void stream.responses.push(heartbeat)
  await turn()
  await clock.pass({ ms: 2_900 })
  assert.deepEqual(silences, [])
  await clock.pass({ ms: 200 })
  assert.deepEqual(silences, [true])
  void stream.responses.push(heartbeat)
  await turn()
  assert.deepEqual(silences, [true, false])
  await follower.close()
})

test('heartbeats keep the pace that the Welcome names, from the Welcome on', async () => {
  const { clock, served, follower } = start()
  await turn()
  const [stream] = served as [Served]
  void stream.responses.push(welcome(200))
  await turn()
  assert.equal(follower.publisher.connected, true)
  for (let i = 0; i < 5; i++) {
    clock.advance({ ms: 200 })
    void stream.responses.push(heartbeat)
    await turn()
  }
  assert.equal(stream.requests.length, 6)
  await follower.close()
})

test('a publisher that falls silent is left, and followed anew', async () => {
  const { clock, served, closed, follower } = start()
  await turn()
  void served[0]?.responses.push(welcome(1_000))
  await turn()
  for (let i = 0; i < 3; i++) {
    clock.advance({ ms: 1_000 })
    await turn()
  }
  assert.equal(served[0]?.signal.aborted, true)
  assert.deepEqual(closed, [1])
  assert.match(follower.publisher.lastError, /silent for 3000 ms/)
  assert.equal(follower.publisher.connected, false)
  clock.advance({ ms: 100 })
  await turn()
  assert.equal(served.length, 2)
  await follower.close()
})

test('pauses double while nothing is reached, and begin anew after a steady stream', async () => {
  const { clock, served, follower } = start()
  const pauses: number[] = []
  const failAndWait = async () => {
    const count = served.length
    served.at(-1)?.responses.fail(new Error('away'))
    await turn()
    let waited = 0
    for (; served.length === count; waited += 10) {
      clock.advance({ ms: 10 })
      await turn()
    }
    pauses.push(waited)
  }
  await turn()
  for (let i = 0; i < 8; i++) await failAndWait()
  // Half of 100 ms doubled, up to half of 5 s, each and 10 ms.
  assert.deepEqual(pauses, [60, 110, 210, 410, 810, 1_610, 2_510, 2_510])
  void served.at(-1)?.responses.push(welcome(5_000))
  await turn()
  clock.advance({ ms: 1_500 })
  await failAndWait()
  assert.equal(pauses.at(-1), 60)
  await follower.close()
})

test('a message that cannot be read ends the stream, and closing ends the pause', async () => {
  const { served, follower } = start()
  await turn()
  void served[0]?.responses.push(message({ case: undefined }))
  await turn()
  await turn()
  assert.match(follower.publisher.lastError, /missing/)
  await follower.close()
  assert.equal(served.length, 1)
})
