/** A watch is never early: what it says of an edge is what a DNS query at that edge shows. */
import { strict as assert } from 'node:assert'
import { formatRR, parseName, zoneKeyOf } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime'
import { shardOf } from '@zonecast/zone'
import {
  ChangeService,
  ChangeStage,
  type WatchChangeResponse,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { afterEach, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset, smallZone } from '../lib/zones.ts'

const zoneFile = (address: string) => `${smallZone}www 60 IN A ${address}
`
let system: System
afterEach(() => system?.close())

/** A second zone of the same shard. */
function neighbourOf(zone: string): string {
  const shard = shardOf(parseName(zone), sha256)
  for (let i = 0; ; i++) {
    const name = `neighbour-${i}.example.`
    if (shardOf(parseName(name), sha256) === shard) return zoneKeyOf(parseName(name))
  }
}

async function addressOf(edge: string, name: string): Promise<string[]> {
  const { answers } = await system.dig(edge, name)
  return answers.map((rr) => formatRR(rr).split(/\s/)[4] as string)
}

/** Watches a change to its end and looks at the edge at every step; whatever it says must be there at that moment. */
async function watchAndLook(
  changeId: string,
  edge: string,
  name: string,
  wanted: ReadonlySet<string>,
): Promise<WatchChangeResponse[]> {
  const seen: WatchChangeResponse[] = []
  for await (const message of system.client(ChangeService).watchChange({ changeId }, { timeoutMs: 60_000 })) {
    seen.push(message)
    const progress = message.edges.find(({ edgeId }) => edgeId === edge)
    if (progress && progress.stage >= ChangeStage.APPLIED) {
      const found = await addressOf(edge, name)
      assert.ok(
        found.some((address) => wanted.has(address)),
        `the watch says stage ${progress.stage}, the edge ${found.join()}`,
      )
    }
    if (message.done) break
  }
  assert.ok(seen.at(-1)?.done, 'the watch ended before the change was answered')
  return seen
}

test('with the edge stopped, the zone superseded, the publisher restarted and another zone of the shard moving on', async () => {
  system = await startSystem()
  const zone = 'watched.example.'
  const other = neighbourOf(zone)
  await publishZone(system, zone, zoneFile('192.0.2.1'))
  await publishZone(system, other, zoneFile('192.0.2.1'))
  await system.stop('edge-1', 'SIGKILL')

  const first = await putRRset(system, zone, 'www', 'A', ['192.0.2.10'])
  const stopped = system.client(ChangeService).watchChange({ changeId: first }, { timeoutMs: 60_000 })[Symbol.asyncIterator]()
  const { value } = (await stopped.next()) as { value: WatchChangeResponse }
  assert.ok(value.stage < ChangeStage.APPLIED)

  const wanted = new Set(['192.0.2.10'])
  let last = first
  for (let i = 11; i <= 15; i++) {
    wanted.add(`192.0.2.${i}`)
    last = await putRRset(system, zone, 'www', 'A', [`192.0.2.${i}`])
    await putRRset(system, other, 'www', 'A', [`192.0.2.${i}`])
  }
  const watching = [
    watchAndLook(first, 'edge-1', 'www.watched.example.', wanted),
    watchAndLook(last, 'edge-1', 'www.watched.example.', new Set(['192.0.2.15'])),
  ]
  await system.stop('publisher', 'SIGKILL')
  await system.start('publisher')
  for (let i = 16; i <= 20; i++) await putRRset(system, other, 'www', 'A', [`192.0.2.${i}`])
  const { done } = { done: (await system.client(ChangeService).getChange({ changeId: first })).stage >= ChangeStage.APPLIED }
  assert.equal(done, false, 'nothing is applied at an edge that is stopped')

  await system.start('edge-1')
  const [ofFirst] = await Promise.all(watching)
  const merged = ofFirst?.at(-1)?.edges.find(({ edgeId }) => edgeId === 'edge-1')
  assert.ok(merged && merged.mergedIntoVersion > 0n, 'the superseded change names the version that carried it')
  assert.deepEqual(await addressOf('edge-1', 'www.watched.example.'), ['192.0.2.15'])
  await stopped.return?.(undefined)
})

test('stages come in order, with their times, and a second edge is waited for', async () => {
  system = await startSystem({ edges: ['edge-1', 'edge-2'] })
  await publishZone(system, 'two.example.', zoneFile('192.0.2.1'))
  const changeId = await putRRset(system, 'two.example.', 'www', 'A', ['192.0.2.2'])
  const last = await answered(system, changeId)
  assert.equal(last.edges.length > 0, true)
  for (const edge of ['edge-1', 'edge-2']) assert.deepEqual(await addressOf(edge, 'www.two.example.'), ['192.0.2.2'])
  const { edges, stage, change } = await system.client(ChangeService).getChange({ changeId })
  assert.equal(stage, ChangeStage.ANSWERED)
  assert.deepEqual(change?.expectedEdges.toSorted(), ['edge-1', 'edge-2'])
  for (const { appliedAt, answeredAt } of edges) assert.ok(appliedAt && answeredAt && answeredAt.seconds >= appliedAt.seconds)

  await system.stop('edge-2')
  const next = await putRRset(system, 'two.example.', 'www', 'A', ['192.0.2.3'])
  for await (const message of system.client(ChangeService).watchChange({ changeId: next }, { timeoutMs: 60_000 })) {
    assert.equal(message.done, false)
    const gone = message.edges.find(({ edgeId }) => edgeId === 'edge-2')
    assert.ok(!gone || gone.stage < ChangeStage.APPLIED)
    if (message.edges.some(({ edgeId, stage: reached }) => edgeId === 'edge-1' && reached === ChangeStage.ANSWERED)) break
  }
  await system.start('edge-2')
  await answered(system, next)
  assert.deepEqual(await addressOf('edge-2', 'www.two.example.'), ['192.0.2.3'])
})
