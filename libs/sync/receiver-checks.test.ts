/** What a comparison of set digests leads to. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { afterComparison, difference, levelWithout } from './receiver-checks.ts'

const level = (zones: number, octet: number) => ({ shard: 0, position: 1n, setDigest: new Uint8Array(32).fill(octet), zones })

for (const { name, theirs, ours, differs } of [
  { name: 'equal digests and counts', theirs: level(2, 7), ours: level(2, 7), differs: false },
  { name: 'nothing on both sides, whatever stands for the digest', theirs: level(0, 0), ours: level(0, 7), differs: false },
  { name: 'another digest', theirs: level(2, 7), ours: level(2, 8), differs: true },
  { name: 'another count', theirs: level(2, 7), ours: level(1, 7), differs: true },
])
  test(`difference: ${name}: ${differs}`, () => assert.equal(difference(theirs, ours) !== '', differs))

test('levelWithout: a zone that is left out is in neither count nor digest', () => {
  const one = new Uint8Array(32).fill(3)
  const rest = levelWithout(level(2, 8), [one])
  assert.equal(difference(rest, level(1, 5)), '')
  assert.notEqual(difference(rest, level(1, 6)), '')
})

for (const { name, found, expected } of [
  { name: 'nothing differs', found: ['', ''], expected: ['nothing', 'nothing'] },
  { name: 'a listing mends it', found: ['a', '', 'a'], expected: ['list', 'nothing', 'list'] },
  {
    name: 'what a listing does not mend is listed for ever more rarely',
    found: Array.from({ length: 13 }, () => 'a'),
    // Two, then four comparisons between two listings, and one after each.
    expected: 'list told nothing list nothing nothing nothing nothing list nothing nothing nothing nothing'.split(' '),
  },
  { name: 'another difference is listed for at once', found: ['a', 'a', 'b', 'b'], expected: ['list', 'told', 'list', 'told'] },
])
  test(`afterComparison: ${name}`, () => {
    const state = { relisted: false, explained: undefined }
    assert.deepEqual(
      found.map((one) => afterComparison(state, one)),
      expected,
    )
  })
