/** A bit flips in an edge's store: it is no answer, it is noticed, reported and mended from the publisher. */
import { strict as assert } from 'node:assert'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { formatRR, RCODE } from '@zonecast/dns'
import { test } from 'vitest'
import { available } from '../lib/available.ts'
import { metric } from '../lib/metric.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { damages, flip, label, right, text } from './store-damage.ts'
import { zoneFile } from './zones.ts'

const zone = 'damaged.example.'
const edge = 'edge-1'
/** A pass of the scrub of a second and a half. */
const passHours = '0.0004'
const refused = `RCODE ${RCODE.REFUSED}`

const name = `${label}.${zone}`

async function withZone(hours: string, run: (system: System) => Promise<void>): Promise<void> {
  const system = await startSystem({ edges: [edge], env: { [edge]: { ZONECAST_SCRUB_PASS_HOURS: hours } } })
  try {
    await publishZone(system, zone, zoneFile(1))
    await run(system)
  } finally {
    await system.close()
  }
}

/** The answer for a name: the text of its TXT RR, or the RCODE. */
async function answer(system: System): Promise<string> {
  const { answers, rcode } = await system.dig(edge, name, 'TXT', { tcp: true })
  return answers[0] ? formatRR(answers[0]).split(/\s+TXT\s+/)[1]! : `RCODE ${rcode}`
}

/** What the edge says of itself; it checks our credential through the publisher, which may have started just now. */
async function damagedAt(system: System): Promise<readonly string[]> {
  const { damaged } = await available(`${edge} says how it is`, () => system.client(EdgeService, edge).getStatus({}))
  return damaged
}

/** Asks until the answer is right again; every answer on the way is right, SERVFAIL, or one of `also`. */
function mended(system: System, also: readonly string[] = []): Promise<void> {
  return until('the answer is right again', async () => {
    const said = await answer(system)
    assert.ok([right, `RCODE ${RCODE.SERVFAIL}`, ...also].includes(said), `the answer is ${said}`)
    return said === right
  })
}

for (const { what, says, isKeptAside, alter } of damages)
  test(`${what} was altered while the edge was down: no wrong answer, it is logged, and mended`, () =>
    withZone('0', async (system) => {
      await system.stop(edge)
      alter(system, edge)
      await system.start(edge)
      await mended(system, what === 'a page' ? [] : [refused])
      await system.app(edge).said(says)
      assert.equal(existsSync(join(system.dataOf(edge), 'zones.mdb.damaged')), isKeptAside)
      await answered(system, await putRRset(system, zone, 'after', 'TXT', ['"whole"']))
    }))

test('a tombstone that was altered while the edge was down is missed, comes again, and is there for good', () =>
  withZone('0', async (system) => {
    await system.client(ZoneService).deleteZone({ zone })
    await until('the zone is gone', async () => (await answer(system)) === refused)
    await system.stop(edge)
    // Key and value of its record: nobody can tell any more whose it was.
    flip(system, edge, '\x07damaged\x07example\0', 2)
    await system.start(edge, { ZONECAST_LOG_LEVEL: 'debug' })
    await system.app(edge).said('the store has lost tombstones')
    await system.app(edge).said('"msg":"applied"')
    await system.stop(edge)
    await system.start(edge)
    await system.app(edge).said('following a publisher')
    assert.ok(!system.app(edge).log.some((line) => line.includes('lost tombstones')))
  }))

test('a page altered under the running edge is found by the scrub, reported, and mended once a publisher is there', () =>
  withZone(passHours, async (system) => {
    assert.equal(await answer(system), right)
    assert.deepEqual(await damagedAt(system), [])
    await system.stop('publisher')
    flip(system, edge, text, 3)
    await system.app(edge).said('altered on disk and is fetched anew')
    assert.equal(await answer(system), `RCODE ${RCODE.SERVFAIL}`)
    assert.equal((await system.dig(edge, `m1.${zone}`, 'TXT')).answers.length, 1, 'what stands on other pages is answered')
    // By metrics: without a publisher the edge cannot check whose question it is.
    assert.ok((await metric(system, edge, 'zonecast_edge_scrub_damaged_total')) > 0)
    assert.equal(await metric(system, edge, 'zonecast_edge_damaged_zones'), 1)
    await system.start('publisher')
    await mended(system)
    await answered(system, await putRRset(system, zone, 'after', 'TXT', ['"whole"']))
    await until('nothing is damaged any more', async () => (await damagedAt(system)).length === 0)
    await system.stop(edge)
    await system.start(edge)
    assert.equal(await answer(system), right)
  }))
