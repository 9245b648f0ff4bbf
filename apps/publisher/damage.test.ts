/** A publisher whose own store is damaged: edges get nothing wrong of it, and it mends itself from the zone API. */
import { strict as assert } from 'node:assert'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { createRpcClient, createRpcTransport } from '@zonecast/rpc'
import { generateZoneText } from '@zonecast/testkit'
import { afterEach, beforeEach, test } from 'vitest'
import { TestSystem } from './test-system/system.ts'
import type { ZoneApiProcess } from './test-system/zone-api-process.ts'

const zone = 'example.'
let system: TestSystem

beforeEach(() => {
  system = new TestSystem()
})
afterEach(() => system.close())

/** Flips a bit in every copy of some text in a publisher's store, as a bad disk would. */
function flip(folder: string, text: string): void {
  const file = join(system.path(folder), 'zones.mdb')
  const bytes = readFileSync(file)
  const descriptor = openSync(file, 'r+')
  let count = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1), count++) {
    writeSync(descriptor, Buffer.of(bytes[at + 2]! ^ 1), 0, 1, at + 2)
  }
  closeSync(descriptor)
  assert.ok(count > 0, `${text} stands in the store`)
}

async function withZone(records: number) {
  const api = await system.zoneApi()
  const publisher = await system.publisher(api.url)
  await api.importText(zone, `${generateZoneText(zone, records)}marked 60 IN TXT "a text to be found"\n`)
  const edge = await system.edge({ url: publisher.url })
  await edge.untilVersion(zone, 1n)
  return { api, publisher }
}

async function isRight(api: ZoneApiProcess, digest: Uint8Array): Promise<boolean> {
  const { zone: head } = await api.zones.getZone({ zone })
  return Buffer.compare(digest, head!.state!.digest) === 0
}

async function storeStatus(url: string): Promise<ServingStatus> {
  const transport = createRpcTransport({ url })
  const { status } = await createRpcClient(Health, transport).check({ service: 'zonecast.publisher.store' })
  transport.close()
  return status
}

for (const { name, records } of [
  { name: 'a zone that travels in a release', records: 300 },
  { name: 'a zone that edges fetch', records: 8_000 },
])
  test(`a page altered on disk: ${name} is fetched anew before an edge has it`, async () => {
    const { api, publisher } = await withZone(records)
    await publisher.close()
    flip('publisher', 'a text to be found')
    const again = await system.publisher(api.url)
    const edge = await system.edge({ url: again.url, edgeId: 'edge-2', token: 'zc_edge_2' })
    const state = await edge.untilVersion(zone, 1n)
    assert.ok(await isRight(api, state.digest))
    await system.logged('a zone is damaged in the store and is fetched anew')
    await system.logged('a damaged zone is whole again')
    assert.match(await again.metrics.text(), /zonecast_publisher_damaged_zones\{[^}]*\} 0/)
    assert.equal(await storeStatus(again.url), ServingStatus.SERVING)
    // What was mended is on disk.
    await again.close()
    const third = await system.publisher(api.url)
    const fresh = await system.edge({ url: third.url, edgeId: 'edge-2', token: 'zc_edge_2' })
    assert.ok(await isRight(api, (await fresh.untilVersion(zone, 1n)).digest))
    assert.doesNotMatch(await third.metrics.text(), /zonecast_publisher_damaged_zones\{[^}]*\} [1-9]/)
  })

test('a page altered under the running publisher is found when an edge refuses it, told, and mended once the zone API is there', async () => {
  const { api, publisher } = await withZone(8_000)
  await api.stop()
  flip('publisher', 'a text to be found')
  const edge = await system.edge({ url: publisher.url, folder: 'later' })
  await system.logged('a zone is damaged in the store and is fetched anew')
  assert.equal(await storeStatus(publisher.url), ServingStatus.NOT_SERVING)
  assert.match(await publisher.metrics.text(), /zonecast_publisher_damaged_zones\{[^}]*\} 1/)
  assert.equal(edge.state(zone), undefined)
  const back = await system.zoneApi('zone-api', api.port)
  await system.logged('a damaged zone is whole again')
  assert.ok(await isRight(back, (await edge.untilVersion(zone, 1n)).digest))
  assert.equal(await storeStatus(publisher.url), ServingStatus.SERVING)
})

test('a tombstone that the store has lost is listed again, and reaches edges that come', async () => {
  const { api, publisher } = await withZone(300)
  await publisher.close()
  const behind = await system.publisher(api.url)
  await api.zones.deleteZone({ zone })
  const edge = await system.edge({ url: behind.url, folder: 'second' })
  await edge.until(() => edge.state(zone)?.deleted)
  await edge.close()
  await behind.close()
  // Key and value of its record: nobody can tell any more whose it was.
  flip('publisher', '\x07example\0')
  const again = await system.publisher(api.url)
  await system.logged('the store has lost tombstones')
  const late = await system.edge({ url: again.url, folder: 'third' })
  await late.until(() => late.state(zone)?.deleted)
})
