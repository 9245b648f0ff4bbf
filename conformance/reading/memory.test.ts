/** Reading a lot takes no more memory than reading a little: pages and streams leave nothing behind. */
import { strict as assert } from 'node:assert'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { type Heaps, heapsOf, inspectable } from '../lib/heaps.ts'
import { startSystem, type System } from '../lib/system.ts'
import { importMessages, smallZone } from '../lib/zones.ts'

const zones = 20_000
const perImport = 4_000
/** More than this would be 150 octets kept for each zone that was read. */
const mostMiB = 3

let system: System
let heaps: Heaps
beforeAll(async () => {
  system = await startSystem({ edges: [], publishers: [], flags: inspectable })
  for (let from = 0; from < zones; from += perImport) {
    async function* messages() {
      for (let i = from; i < from + perImport; i++) {
        const zone = `z${i}.many.example.`
        yield* importMessages({ zone }, Buffer.from(`$ORIGIN ${zone}\n${smallZone}`))
      }
    }
    await system.client(ZoneService).importZone(messages(), { timeoutMs: 300_000 })
  }
  // What is kept of the zones that were made is gone: only reading counts.
  await system.stop('zone-api')
  heaps = await heapsOf(await system.start('zone-api'))
})
afterAll(async () => {
  heaps?.close()
  await system?.close()
})

/** Reads little, for what the program keeps of itself, then everything, again and again. */
async function leavesNothing(readLittle: () => Promise<unknown>, readAll: () => Promise<number>): Promise<void> {
  await readLittle()
  const before = await heaps.heldMiB()
  for (let round = 0; round < 3; round++) {
    assert.equal(await readAll(), zones)
    const held = await heaps.heldMiB()
    console.log(`round ${round}: ${held.toFixed(1)} MiB held, ${before.toFixed(1)} before`)
    assert.ok(held - before < mostMiB, `${(held - before).toFixed(1)} MiB more are held than before`)
  }
}

for (const pageSize of [100, 1000]) {
  test(`zones in pages of ${pageSize}`, async () => {
    const page = (pageToken: string) => system.client(ZoneService).listZones({ pageSize, pageToken })
    await leavesNothing(
      () => page(''),
      async () => {
        let read = 0
        for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
          const { zones: some, nextPageToken } = await page(pageToken)
          read += some.length
          pageToken = nextPageToken
        }
        return read
      },
    )
  })
}

test('RRsets of all zones in one stream', async () => {
  const search = async (zone: string) => {
    const zonesAsked = { name: { match: { case: 'suffix' as const, value: zone } } }
    let read = 0
    for await (const { found } of system.client(SearchService).findRRsets({ type: 'SOA', zones: zonesAsked }))
      read += found.length
    return read
  }
  await leavesNothing(
    () => search('z1.many.example.'),
    () => search('many.example.'),
  )
})
