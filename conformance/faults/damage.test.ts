/** A bit flips in an edge's store: it is no answer, it is noticed, reported and mended from the publisher. */
import { strict as assert } from 'node:assert'
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeService, type GetStatusResponse } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { formatRR, RCODE } from '@zonecast/dns'
import { test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { zoneFile } from './zones.ts'

const zone = 'damaged.example.'
const edge = 'edge-1'
/** A pass of the scrub of a second and a half. */
const passHours = '0.0004'
const refused = `RCODE ${RCODE.REFUSED}`

/** A text that stands in a page, its name, and what the name is to be answered with. */
const text = 'filler 77 '
const name = `m77.${zone}`
const right = zoneFile(1)
  .split('\n')
  .find((line) => line.startsWith('m77 '))!
  .slice('m77 60 IN TXT '.length)

async function withZone(hours: string, run: (system: System) => Promise<void>): Promise<void> {
  const system = await startSystem({ edges: [edge], env: { [edge]: { ZONECAST_SCRUB_PASS_HOURS: hours } } })
  try {
    await publishZone(system, zone, zoneFile(1))
    await run(system)
  } finally {
    await system.close()
  }
}

/** Flips a bit in every copy of a text in the store's file, in place, as a bad disk or memory would. */
function flip(system: System, found: string | Buffer, at: number): void {
  const file = join(system.dataOf(edge), 'zones.mdb')
  const bytes = readFileSync(file)
  const descriptor = openSync(file, 'r+')
  let count = 0
  for (let i = bytes.indexOf(found); i >= 0; i = bytes.indexOf(found, i + 1)) {
    writeSync(descriptor, Buffer.of(bytes[i + at]! ^ 1), 0, 1, i + at)
    count++
  }
  closeSync(descriptor)
  assert.ok(count > 0, `${String(found)} stands in the store`)
}

function overwrite(system: System, from: number, octets: number): void {
  const descriptor = openSync(join(system.dataOf(edge), 'zones.mdb'), 'r+')
  writeSync(descriptor, Buffer.alloc(octets, 0xa5), 0, octets, from)
  closeSync(descriptor)
}

/** The answer for a name: the text of its TXT RR, or the RCODE. */
async function answer(system: System): Promise<string> {
  const { answers, rcode } = await system.dig(edge, name, 'TXT', { tcp: true })
  return answers[0] ? formatRR(answers[0]).split(/\s+TXT\s+/)[1]! : `RCODE ${rcode}`
}

async function status(system: System): Promise<GetStatusResponse> {
  return system.client(EdgeService, edge).getStatus({})
}

/** Asks until the answer is right again; every answer on the way is right, SERVFAIL, or one of `also`. */
async function mended(system: System, also: readonly string[] = []): Promise<void> {
  for (;;) {
    const said = await answer(system)
    if (said === right) return
    assert.ok([`RCODE ${RCODE.SERVFAIL}`, ...also].includes(said), `the answer is ${said}`)
    await sleep(20)
  }
}

/** Asks until a line of the edge's log says so. */
async function logged(system: System, words: string): Promise<void> {
  for (; !system.app(edge).log.some((line) => line.includes(words));) await sleep(20)
}

for (const { what, alter, says, also } of [
  { what: 'a page', alter: (system) => flip(system, text, 3), says: 'altered on disk', also: [] },
  { what: "a zone's record", alter: (system) => flip(system, 'hostmaster', 2), says: 'listed anew', also: [refused] },
  { what: 'the first meta page of LMDB', alter: (system) => overwrite(system, 16, 64), says: 'kept aside', also: [refused] },
  { what: 'the beginning of the file', alter: (system) => overwrite(system, 0, 8_192), says: 'kept aside', also: [refused] },
] as { what: string; alter: (system: System) => void; says: string; also: string[] }[])
  test(`${what} was altered while the edge was down: no wrong answer, it is logged, and mended`, () =>
    withZone('0', async (system) => {
      await system.stop(edge)
      alter(system)
      await system.start(edge)
      await mended(system, also)
      await logged(system, says)
      assert.equal(existsSync(join(system.dataOf(edge), 'zones.mdb.damaged')), says === 'kept aside')
      await answered(system, await putRRset(system, zone, 'after', 'TXT', ['"whole"']))
    }))

test('a page altered under the running edge is found by the scrub, reported, and mended once a publisher is there', () =>
  withZone(passHours, async (system) => {
    assert.equal(await answer(system), right)
    // Our credential is known from now on: it is checked through the publisher.
    assert.deepEqual((await status(system)).damaged, [])
    await system.stop('publisher')
    flip(system, text, 3)
    await logged(system, 'altered on disk and is fetched anew')
    assert.equal(await answer(system), `RCODE ${RCODE.SERVFAIL}`)
    assert.equal((await system.dig(edge, `m1.${zone}`, 'TXT')).answers.length, 1, 'what stands on other pages is answered')
    assert.deepEqual((await status(system)).damaged, [zone])
    const metrics = await (await fetch(`http://127.0.0.1:${system.app(edge).ready.port}/metrics`)).text()
    assert.match(metrics, /zonecast_edge_scrub_damaged_total\{[^}]*\} [1-9]/)
    assert.match(metrics, /zonecast_edge_damaged_zones\{[^}]*\} 1/)
    await system.start('publisher')
    await mended(system)
    await answered(system, await putRRset(system, zone, 'after', 'TXT', ['"whole"']))
    for (; (await status(system)).damaged.length > 0;) await sleep(20)
    await system.stop(edge)
    await system.start(edge)
    assert.equal(await answer(system), right)
  }))
