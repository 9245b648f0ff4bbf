/** A bit flips in a publisher's store: no edge has anything wrong of it, it is noticed, reported and mended from the zone API. */
import { strict as assert } from 'node:assert'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { formatRR, RCODE } from '@zonecast/dns'
import { test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { damages, flip, label, right, text } from './store-damage.ts'
import { zoneFile } from './zones.ts'

const zone = 'damaged.example.'
const edge = 'edge-1'
const publisher = 'publisher'

async function withZone(hours: string, content: string, run: (system: System) => Promise<void>): Promise<void> {
  const system = await startSystem({ edges: [edge], env: { [publisher]: { ZONECAST_SCRUB_PASS_HOURS: hours } } })
  try {
    await publishZone(system, zone, content)
    await run(system)
  } finally {
    await system.close()
  }
}

/** An edge that has nothing has all of it from the publisher; resolves once the zone is answered, and every answer is right. */
async function fetchedByNewEdge(system: System): Promise<void> {
  await system.stop(edge)
  rmSync(system.dataOf(edge), { recursive: true })
  await system.start(edge)
  for (;;) {
    const { answers, rcode } = await system.dig(edge, `${label}.${zone}`, 'TXT', { tcp: true })
    if (answers[0]) return assert.equal(formatRR(answers[0]).split(/\s+TXT\s+/)[1], right)
    assert.equal(rcode, RCODE.REFUSED, 'what is not here yet is refused')
  }
}

async function storeStatus(system: System): Promise<ServingStatus> {
  return (await system.client(Health, publisher).check({ service: 'zonecast.publisher.store' })).status
}

async function metric(system: System, name: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${system.app(publisher).ready.port}/metrics`)).text()
  const [, value] = new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'm').exec(page) ?? []
  assert.ok(value !== undefined, `${name} is there`)
  return Number(value)
}

for (const { what, says, isKeptAside, alter } of damages)
  test(`${what} was altered while the publisher was down: an edge that comes has what is right, and it is logged`, () =>
    withZone('0', zoneFile(1), async (system) => {
      await system.stop(publisher)
      alter(system, publisher)
      await system.start(publisher)
      await fetchedByNewEdge(system)
      await system.app(publisher).said(says)
      assert.equal(existsSync(join(system.dataOf(publisher), 'zones.mdb.damaged')), isKeptAside)
      await answered(system, await putRRset(system, zone, 'after', 'TXT', ['"whole"']))
      assert.equal(await metric(system, 'zonecast_publisher_damaged_zones'), 0)
    }))

test('a page altered under the running publisher is found by its scrub, reported, and mended once the zone API is there', () =>
  withZone('0.0004', zoneFile(1), async (system) => {
    assert.equal(await storeStatus(system), ServingStatus.SERVING)
    await system.stop('zone-api')
    flip(system, publisher, text, 3)
    await system.app(publisher).said('a zone is damaged in the store and is fetched anew')
    assert.equal(await storeStatus(system), ServingStatus.NOT_SERVING)
    assert.equal(await metric(system, 'zonecast_publisher_damaged_zones'), 1)
    assert.ok((await metric(system, 'zonecast_publisher_scrub_damaged_total')) > 0)
    await system.start('zone-api')
    await system.app(publisher).said('a damaged zone is whole again')
    assert.equal(await storeStatus(system), ServingStatus.SERVING)
    await fetchedByNewEdge(system)
    // The mend is on disk.
    await system.stop(publisher)
    await system.start(publisher)
    await fetchedByNewEdge(system)
    await answered(system, await putRRset(system, zone, 'after', 'TXT', ['"whole"']))
    assert.equal(await metric(system, 'zonecast_publisher_damaged_zones'), 0)
  }))

test('without a scrub, what edges refuse leads to a large zone that was altered', () =>
  withZone(
    '0',
    zoneFile(1) + Array.from({ length: 12_000 }, (_, at) => `n${at} 60 IN TXT "large"\n`).join(''),
    async (system) => {
      // Read before, so that its seal is not looked at again.
      await fetchedByNewEdge(system)
      flip(system, publisher, text, 3)
      await fetchedByNewEdge(system)
      await system.app(publisher).said('an edge refused a release')
      await system.app(publisher).said('a damaged zone is whole again')
    },
  ))
