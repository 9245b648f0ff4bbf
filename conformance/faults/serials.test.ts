/** Serials go round: past 2³² and across 2³¹ every edge follows, and dig shows what RFC 1982 orders. */
import { strict as assert } from 'node:assert'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { asSerial, isAfter } from '@zonecast/dns'
import { test } from 'vitest'
import { dig } from '../lib/programs.ts'
import { startSystem } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { cleanRun, twoEdges } from './fault-run.ts'
import { zoneFile } from './zones.ts'

for (const { name, first, afterwards } of [
  { name: 'past 2^32', first: 4_294_967_290, afterwards: [1, 100] },
  { name: 'across 2^31', first: 2_147_483_640, afterwards: [2_147_483_648, 2_147_483_700] },
] as const)
  test(`serials go on ${name}, and writers and edges with them`, async () => {
    const history = await cleanRun({ seed: 1, zones: ['round.example.'], serial: first, faults: ({ progress }) => progress(30) })
    const serials = history.changes.flatMap(({ told }) => told?.serial ?? [])
    const [low, high] = afterwards
    assert.ok(
      serials.some((serial) => serial >= low && serial <= high),
      `serials are ${serials.join(', ')}`,
    )
  })

test('dig sees each serial after the one before, at every edge', async () => {
  const zone = 'wrap.example.'
  const system = await startSystem({ edges: twoEdges })
  try {
    await publishZone(system, zone, zoneFile(4_294_967_290))
    let before = 4_294_967_290
    for (let i = 0; i < 20; i++) {
      await answered(system, await putRRset(system, zone, 'wrap', 'TXT', [`"${i}"`]))
      const seen = await Promise.all(
        twoEdges.map(async (edge) => Number((await dig(system.dnsOf(edge), zone, 'SOA')).answer[0]?.split(' ')[6])),
      )
      assert.equal(new Set(seen).size, 1, `the edges have serials ${seen.join(' and ')}`)
      assert.ok(isAfter(asSerial(seen[0]!), asSerial(before)), `${seen[0]} is after ${before} (RFC 1982 §3.2)`)
      before = seen[0]!
    }
    const { zone: described } = await system.client(ZoneService).getZone({ zone })
    assert.equal(described?.state?.serial, before)
    assert.ok(before < 20, `${before} is past the wrap`)
  } finally {
    await system.close()
  }
})
