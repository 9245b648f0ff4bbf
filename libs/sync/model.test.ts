/** The simulation: whatever happens on the way, edges converge, nothing is lost or torn, and a watch is never early. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Breakage } from './model/breakage.ts'
import { Coverage } from './model/coverage.ts'
import { runHistory } from './model/history.ts'

const histories = Number(process.env['ZONECAST_HISTORIES'] ?? 3000)
const dividing = Math.ceil(histories / 2)
const seeds = process.env['ZONECAST_SEEDS']?.split(',').map(Number)
const firstSeed = Number(process.env['ZONECAST_FIRST_SEED'] ?? 1)
/** Fewer histories need not meet everything. */
const enoughForAll = 1000
/** The first history that sees a broken edge is looked for in so many, however few were asked for. */
const enoughForFaults = Math.max(histories, 3000)
/** What happens only where edges choose. */
const ofDivision = new Set<string>(['shards divided', 'publisher silent', 'publisher not up to date'])
const timeout = 3_600_000

/** Seeds that failed once. */
const mended: readonly { readonly name: string; readonly seed: number }[] = [
  { name: 'what a fetch had brought was never mentioned, and digests were never compared again', seed: 2664 },
  { name: 'a listing by a publisher that was behind had a difference remembered for good', seed: 205_538 },
  { name: 'a zone moved to other edges before its state was mentioned, and digests were never compared again', seed: 308_537 },
  { name: 'a mention of a zone that other edges carry now held the position back for ever', seed: 100_059 },
  { name: 'a fetch ended on a version that was mentioned already, and digests were never compared again', seed: 101_337 },
]

for (const { name, seed } of mended) test(`history ${seed}: ${name}`, () => runHistory(seed, new Coverage()))

test(seeds ? `histories ${seeds.join(', ')}` : `${histories} histories from seed ${firstSeed}`, { timeout }, () => {
  const coverage = new Coverage()
  const list = seeds ?? Array.from({ length: histories }, (_, at) => firstSeed + at)
  for (const seed of list) runHistory(seed, coverage)
  console.log(coverage.report())
  if (list.length >= enoughForAll)
    assert.deepEqual(
      coverage.missing().filter((kind) => !ofDivision.has(kind)),
      [],
      'everything has happened',
    )
})

test(`${dividing} histories in which edges choose who sends`, { timeout }, () => {
  const coverage = new Coverage()
  for (let seed = firstSeed; seed < firstSeed + dividing; seed++) runHistory(seed, coverage, { divides: true })
  console.log(coverage.report())
  if (dividing >= enoughForAll) assert.deepEqual(coverage.missing(), [], 'everything has happened')
})

/** Edges broken on purpose, and what of it is seen. */
const broken: readonly { readonly breakage: Breakage; readonly name: string; readonly seen: RegExp }[] = [
  { breakage: 'fence', name: 'an edge without a fence', seen: /went back|had other content/ },
  { breakage: 'digest', name: 'an edge that checks no digest', seen: /is broken/ },
  { breakage: 'base', name: 'an edge that checks no base', seen: /is torn/ },
  {
    breakage: 'ack',
    name: 'an edge that acknowledges before it commits',
    seen: /is reported (applied|answered), and is not there/,
  },
  {
    breakage: 'comparison',
    name: 'an edge that compares nothing while something is not settled',
    seen: /has not the newest state|has another set digest|counts \d+ zones/,
  },
  {
    breakage: 'sides',
    name: 'an edge that leaves out on its own side alone what is not settled',
    seen: /a difference in shard \d that stays/,
  },
  { breakage: 'tombstones', name: 'an edge that does not miss its tombstones', seen: /has not the newest state/ },
  { breakage: 'link', name: 'an edge that joins every link', seen: /is reported (applied|answered), and is not there/ },
]

for (const { breakage, name, seen } of broken)
  test(`${name} is caught`, { timeout }, () => assert.match(firstFailure(breakage, seen) ?? 'it was not noticed', seen))

/** What the first history says that sees the fault for what it is. */
function firstFailure(breakage: Breakage, seen: RegExp): string | undefined {
  for (let seed = 1; seed <= enoughForFaults; seed++) {
    try {
      runHistory(seed, new Coverage(), { breakage })
    } catch (error) {
      const message = String(error)
      if (seen.test(message)) return message
    }
  }
  return undefined
}
