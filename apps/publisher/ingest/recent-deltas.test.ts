/** Steps in memory: joined, netted, and never across a gap. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { addressRR, deltaBetween, someVersion, wholeOf, withRR, zone, type TestVersion } from '../test-system/test-content.ts'
import { emptyNote, RecentDeltas } from './recent-deltas.ts'

const note = (...changeIds: string[]) => ({ ...emptyNote, changeIds })
const first = someVersion(3)
const second = withRR(first, addressRR('b', '192.0.2.1'))
const third = withRR(second, addressRR('c', '192.0.2.2'))
const step = (from: TestVersion, to: TestVersion) => ({
  base: from.header.state,
  target: to.header,
  delta: deltaBetween(from, to),
})

test('steps in a row are one delta that carries all their changes', () => {
  const recent = new RecentDeltas()
  recent.add(zone, step(first, second), note('one'))
  recent.add(zone, step(second, third), note('two'))
  const path = recent.from(zone, first.header.state)
  assert.deepEqual(path?.delta, deltaBetween(first, third))
  assert.deepEqual(path?.note.changeIds, ['one', 'two'])
  assert.deepEqual(recent.from(zone, second.header.state)?.note.changeIds, ['two'])
})

test('a new zone and its first changes are one delta from nothing', () => {
  const recent = new RecentDeltas()
  recent.add(zone, { base: undefined, target: first.header, delta: wholeOf(first) }, note('made'))
  recent.add(zone, step(first, second), note('one'))
  assert.deepEqual(recent.from(zone, undefined)?.delta, wholeOf(second))
})

test('a step that does not join begins a new chain', () => {
  const recent = new RecentDeltas()
  recent.add(zone, step(first, second), note('one'))
  recent.add(zone, step(first, third), note('other'))
  assert.deepEqual(recent.from(zone, first.header.state)?.target.state.version, third.header.state.version)
  assert.equal(recent.from(zone, second.header.state), undefined)
})

test('a base with another digest is another state', () => {
  const recent = new RecentDeltas()
  recent.add(zone, step(first, second), note('one'))
  assert.equal(recent.from(zone, { ...first.header.state, digest: new Uint8Array(32) }), undefined)
})

test('changes of heads whose content never came are told with the one that came', () => {
  const recent = new RecentDeltas()
  recent.note(zone, second.header.state, note('one'))
  recent.note(zone, third.header.state, note('two'))
  assert.deepEqual(recent.noteOf(zone, third.header.state).changeIds, ['one', 'two'])
  assert.deepEqual(recent.noteOf(zone, first.header.state).changeIds, [])
})
