/** Two publishers share the shards: one that dies, stands still or loses the zone API hands over, and takes its part again. */
import { strict as assert } from 'node:assert'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { available } from '../lib/available.ts'
import { startSystem, type System } from '../lib/system.ts'
import { startProxy, type TcpProxy } from '../lib/tcp-proxy.ts'
import { until } from '../lib/until.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { zoneFile } from '../faults/zones.ts'

const publishers = ['publisher', 'publisher-2'] as const
const edges = ['edge-1', 'edge-2']
/** Enough that each publisher has some. */
const zones = Array.from({ length: 8 }, (_, at) => `zone-${at}.example.`)
/** A machine that others use, too, may take longer than the few seconds that are meant. */
const longestMs = 20_000

let system: System
/** From each publisher to the zone API. */
const links = new Map<string, TcpProxy>()
let changes = 0

beforeAll(async () => {
  const zoneApiUrl = async (port: number, publisher: string) => {
    const link = await startProxy(port)
    links.set(publisher, link)
    return link.url
  }
  system = await startSystem({ publishers, edges, zoneApiUrl })
  for (const zone of zones) await publishZone(system, zone, zoneFile(1))
})
afterAll(async () => {
  await system.close()
  await Promise.all([...links.values()].map((link) => link.close()))
})

/** Shards by publisher, as an edge says. */
async function sharesAt(edge: string): Promise<number[]> {
  const { publishers: followed } = await available(`${edge} says whom it follows`, () =>
    system.client(EdgeService, edge).getStatus({}),
  )
  return publishers.map((name) => followed.find(({ publisherId }) => publisherId === name)?.shards ?? 0)
}

/** Resolves once every edge has divided its shards so. */
async function divided(isSo: (shares: readonly number[]) => boolean): Promise<void> {
  for (const edge of edges) await until(`${edge} has divided its shards so`, async () => isSo(await sharesAt(edge)))
}

const isShared = (shares: readonly number[]) =>
  shares.every((share) => share > 10) && shares.reduce((sum, share) => sum + share, 0) === 64

/** A change in each zone, whoever sent it before, is answered by every edge. */
async function allAnswered(timeoutMs: number): Promise<void> {
  const address = `192.0.2.${++changes}`
  const ids = await Promise.all(zones.map((zone) => putRRset(system, zone, 'www', 'A', [address])))
  await Promise.all(ids.map((id) => answered(system, id, timeoutMs)))
}

test('each sends a part, and every edge divides alike', async () => {
  await divided(isShared)
  assert.deepEqual(await sharesAt('edge-1'), await sharesAt('edge-2'))
  await allAnswered(longestMs)
})

for (const name of publishers)
  test(`${name} is killed: the other sends all, until it is back`, async () => {
    await divided(isShared)
    await system.stop(name, 'SIGKILL')
    await allAnswered(longestMs)
    await divided((shares) => shares.includes(64))
    await system.start(name)
    await divided(isShared)
    await allAnswered(longestMs)
  })

test('one stands still: the other sends all; when it wakes it does no harm and has its part again', async () => {
  await divided(isShared)
  const { pid } = system.app('publisher').ready
  process.kill(pid, 'SIGSTOP')
  await allAnswered(longestMs)
  await divided(([first]) => first === 0)
  process.kill(pid, 'SIGCONT')
  await allAnswered(longestMs)
  await divided(isShared)
})

test('one hears nothing of the zone API any more, and edges ask the other', async () => {
  await divided(isShared)
  links.get('publisher-2')!.shape({ held: ['up', 'down'] })
  await allAnswered(longestMs)
  await divided(([, second]) => second === 0)
  links.get('publisher-2')!.shape({})
  await divided(isShared)
  await allAnswered(longestMs)
})
