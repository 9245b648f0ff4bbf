/** A zone that cannot be had whole is given up for a while: the old version is answered, it is told, and all heals. */
import { strict as assert } from 'node:assert'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { formatRR } from '@zonecast/dns'
import { test } from 'vitest'
import { metric } from '../lib/metric.ts'
import { startSystem } from '../lib/system.ts'
import { startProxy, type TcpProxy } from '../lib/tcp-proxy.ts'
import { until } from '../lib/until.ts'
import { answered, importZone, publishZone, putRRset } from '../lib/zones.ts'
import { zoneFile } from './zones.ts'

const zone = 'poisoned.example.'
const edge = 'edge-1'

/** More than travels in a release, so that it is fetched. */
function contentWith(serial: number, value: string): string {
  return zoneFile(serial) + Array.from({ length: 12_000 }, (_, at) => `n${at} 60 IN TXT "${value}"\n`).join('')
}

test('three snapshots that fail put the zone into quarantine; it serves the old version and heals when they no longer do', async () => {
  let isAltering = false
  let link: TcpProxy | undefined
  const publisherUrl = async (port: number) => {
    link = await startProxy(port, (chunk) => {
      const at = isAltering ? chunk.indexOf('venom') : -1
      if (at >= 0) chunk[at]! ^= 1
    })
    return link.url
  }
  const system = await startSystem({ edges: [edge], publisherUrl })
  const valueAt = async (name: string) => formatRR((await system.dig(edge, `${name}.${zone}`, 'TXT')).answers[0]!)
  const isQuarantined = async () => (await system.client(EdgeService, edge).getStatus({})).quarantined.includes(zone)
  try {
    await publishZone(system, zone, contentWith(1, 'sound'))
    isAltering = true
    const { changeId } = await importZone(system.client(ZoneService), { zone, force: true }, contentWith(2, 'venom'))
    const edgesSay = async () => (await system.client(EdgeRegistryService).listEdges({})).edges[0]?.quarantined ?? []
    await system.app(edge).said('quarantined at version')
    assert.equal(await metric(system, edge, 'zonecast_edge_quarantined_zones'), 1)
    assert.ok(await isQuarantined(), 'the edge says so')
    await until('the zone API knows of it', async () => (await edgesSay()).includes(zone))
    for (const name of ['n0', 'n5000', 'n11999']) assert.match(await valueAt(name), /"sound"/, 'the old version is answered')
    // Other zones go on.
    await publishZone(system, 'other.example.', zoneFile(1))
    isAltering = false
    // It is tried again slowly; a change brings it at once.
    await answered(system, await putRRset(system, zone, 'healed', 'TXT', ['"healed"']))
    await answered(system, changeId)
    for (const name of ['n0', 'n5000', 'n11999']) assert.match(await valueAt(name), /"venom"/)
    assert.equal(await isQuarantined(), false)
  } finally {
    await system.close()
    await link?.close()
  }
})
