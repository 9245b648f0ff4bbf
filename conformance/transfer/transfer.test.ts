/** From publisher to edge when links break and edges are away: transfers go on, and all end on the same content. */
import { strict as assert } from 'node:assert'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { formatRR } from '@zonecast/dns'
import type { ZoneState } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterEach, test } from 'vitest'
import { generatedZone } from '../lib/data.ts'
import { startSystem, type System } from '../lib/system.ts'
import { startProxy, type TcpProxy } from '../lib/tcp-proxy.ts'
import { answered, importZone, publishZone, putRRset, smallZone, zonesOfEdge } from '../lib/zones.ts'

const zoneFile = `${smallZone}www 60 IN A 192.0.2.1\n`
let system: System
let proxy: TcpProxy | undefined
afterEach(async () => {
  await system?.close()
  await proxy?.close()
  proxy = undefined
})

/** What an edge says that it has of a zone, tombstones included. */
async function stateAt(edge: string, zone: string): Promise<ZoneState | undefined> {
  return (await zonesOfEdge(system, edge, true)).find((one) => one.zone === zone)?.state
}

const addresses = async (edge: string, name: string) =>
  (await system.dig(edge, name)).answers.map((rr) => formatRR(rr).split(/\s/)[4])

test('a fetch of a zone of a million records is cut three times and sends less than twice the rest', async () => {
  system = await startSystem({
    publisherUrl: async (port) => {
      proxy = await startProxy(port)
      return proxy.url
    },
  })
  const link = proxy as unknown as TcpProxy
  const outcome = await importZone(system.client(ZoneService), { zone: 'big.example.' }, generatedZone('big.example', 1_000_000))
  const published = answered(system, outcome.changeId)
  const cuts: number[] = []
  for (const octets of [9_000_000, 17_000_000, 13_000_000]) {
    await link.cutAfter(octets)
    cuts.push(link.received())
  }
  await published
  const rest = link.received() - (cuts.at(-1) as number)
  assert.deepEqual(await addresses('edge-1', 'zz-last.big.example.'), ['192.0.2.254'])

  // What a whole fetch takes, without a cut: by the same edge with an empty store.
  await system.stop('edge-1')
  rmSync(join(system.folder, 'edge-1'), { recursive: true })
  const before = link.received()
  await system.start('edge-1')
  await answered(system, await putRRset(system, 'big.example.', 'www', 'A', ['192.0.2.7']))
  const whole = link.received() - before
  assert.ok(whole > 45_000_000, `the zone takes more than ${whole} octets`)
  // Had the last cut begun the walk anew, the whole would have come again, which is more than twice the rest.
  const wanted = whole - (cuts.at(-1) as number)
  assert.ok(whole > 2 * wanted, 'the cuts come late enough to tell')
  assert.ok(rest < 2 * wanted, `${rest} octets came after the last cut, where ${wanted} were left`)
})

test('an edge that was away while a zone was deleted and created again ends right', async () => {
  system = await startSystem({ edges: ['edge-1', 'edge-2'] })
  await publishZone(system, 'phoenix.example.', zoneFile)
  await publishZone(system, 'gone.example.', zoneFile)
  await system.stop('edge-2', 'SIGKILL')
  const zones = system.client(ZoneService)
  await zones.deleteZone({ zone: 'phoenix.example.' })
  await zones.deleteZone({ zone: 'gone.example.' })
  const again = await importZone(zones, { zone: 'phoenix.example.' }, zoneFile.replace('192.0.2.1\n', '192.0.2.99\n'))
  assert.ok((again.effect?.state?.generation ?? 0n) > 0n)
  await system.start('edge-2')
  await answered(system, again.changeId)
  await answered(system, await putRRset(system, 'phoenix.example.', 'later', 'A', ['192.0.2.3']))
  for (const edge of ['edge-1', 'edge-2']) {
    assert.deepEqual(await addresses(edge, 'www.phoenix.example.'), ['192.0.2.99'], edge)
    assert.equal((await system.dig(edge, 'www.gone.example.')).rcode, 5, `${edge} refuses a name of a deleted zone`)
    assert.equal((await stateAt(edge, 'gone.example.'))?.deleted, true)
  }
  assert.deepEqual(await stateAt('edge-1', 'phoenix.example.'), await stateAt('edge-2', 'phoenix.example.'))
})

test('edges that start from different versions end on one digest', async () => {
  system = await startSystem({ edges: ['edge-1', 'edge-2', 'edge-3'] })
  const zone = 'level.example.'
  await publishZone(system, zone, generatedZone('level.example', 20_000))
  await system.stop('edge-2')
  for (let i = 0; i < 5; i++) await putRRset(system, zone, `five-${i}`, 'A', [`192.0.2.${i}`])
  await system.stop('edge-3')
  rmSync(join(system.folder, 'edge-3'), { recursive: true }) // this one begins with nothing
  const last = await system.client(RecordService).applyChanges({
    zone,
    changes: Array.from({ length: 400 }, (_, i) => ({
      operation: { case: 'put' as const, value: { name: `many-${i}`, type: 'TXT', ttl: 60, values: [`"${i}"`] } },
    })),
  })
  await Promise.all([system.start('edge-2'), system.start('edge-3')])
  await answered(system, last.changeId)
  const states = await Promise.all(['edge-1', 'edge-2', 'edge-3'].map((edge) => stateAt(edge, zone)))
  const { zone: described } = await system.client(ZoneService).getZone({ zone })
  for (const state of states) assert.deepEqual(state, described?.state)
})

test('the publisher loses its folder, and nothing is sent that the edge has', async () => {
  system = await startSystem()
  await publishZone(system, 'kept.example.', zoneFile)
  const before = await stateAt('edge-1', 'kept.example.')
  await system.stop('publisher', 'SIGKILL')
  rmSync(join(system.folder, 'publisher'), { recursive: true })
  await system.start('publisher')
  await answered(system, await putRRset(system, 'kept.example.', 'www', 'A', ['192.0.2.2']))
  assert.equal((await stateAt('edge-1', 'kept.example.'))?.version, (before?.version ?? 0n) + 1n)
  assert.deepEqual(await addresses('edge-1', 'www.kept.example.'), ['192.0.2.2'])
})
