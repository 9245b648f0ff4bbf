import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { ZoneState } from '@zonecast/zone'
import { Answers } from './answers.ts'

const state = (version: bigint): ZoneState => ({ generation: 1n, version, serial: 1, digest: new Uint8Array(32), deleted: false })

test('the answers stand before the first zone that is not answered', () => {
  const answers = new Answers(8, 10n, 10n)
  answers.add('a.', 11n, state(1n))
  answers.add('b.', 12n, state(1n))
  assert.equal(answers.position(12n), 10n)
  answers.confirm('a.', state(1n))
  assert.equal(answers.position(12n), 11n)
  answers.confirm('b.', state(0n))
  assert.equal(answers.position(12n), 11n)
})

test('what finds no room is listed later, and holds the answers back meanwhile', () => {
  const answers = new Answers(2, 0n, 0n)
  for (const position of [1n, 2n, 3n]) answers.add(`z${position}.`, position, state(1n))
  for (const position of [1n, 2n]) answers.confirm(`z${position}.`, state(1n))
  assert.equal(answers.position(9n), 2n)
  const listing = answers.takeListing()
  assert.deepEqual(listing, { after: 2n, run: 0 })
  assert.equal(answers.takeListing(), undefined)
  answers.listed(0, [{ zone: 'z3.', state: state(1n), position: 3n }], true)
  assert.equal(answers.position(9n), 2n)
  answers.confirm('z3.', state(1n))
  assert.equal(answers.position(9n), 9n)
})

test('what finds no room while a listing is read is not lost', () => {
  const answers = new Answers(1, 4n, 9n)
  assert.deepEqual(answers.takeListing(), { after: 4n, run: 0 })
  answers.add('a.', 10n, state(1n))
  answers.add('late.', 6n, state(1n))
  answers.listed(0, [], true)
  answers.confirm('a.', state(1n))
  assert.equal(answers.position(10n), 5n)
  assert.deepEqual(answers.takeListing(), { after: 5n, run: 0 })
})

test('a listing of before a restart is void', () => {
  const answers = new Answers(4, 1n, 5n)
  answers.takeListing()
  answers.reset()
  assert.deepEqual(answers.listed(0, [{ zone: 'a.', state: state(1n), position: 3n }], false), [])
  assert.equal(answers.position(7n), 7n)
})
