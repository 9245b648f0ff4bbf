import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { changeSet, content, context, newZone, soa } from '../suite/fixture.ts'
import { lockStatements, locksOf, placesOf, requestsOf, shardOfZone, zonesOf } from './locks.ts'

const zone = 'example.com.'

for (const { name, operation, args, zones } of [
  { name: 'a change set holds its zone', operation: 'applyChanges', args: [changeSet([])], zones: [zone] },
  {
    name: 'a change over several zones holds them all',
    operation: 'applyChangeSets',
    args: [{ ...context(), sets: [changeSet([]), changeSet([], { zone: 'a.example.' })], dryRun: false, force: false }],
    zones: [zone, 'a.example.'],
  },
  { name: 'a new zone is held by its apex', operation: 'createZone', args: [newZone()], zones: [zone] },
  { name: 'a replacement is held by its apex', operation: 'commitStage', args: [content([soa()])], zones: [zone] },
  { name: 'the start of a stage holds nothing', operation: 'beginStage', args: [zone], zones: [] },
  { name: 'a piece of a stage holds nothing', operation: 'writeStage', args: [7, []], zones: [] },
  { name: 'tidying holds nothing', operation: 'maintain', args: [], zones: [] },
])
  test(`zonesOf: ${name}`, () => assert.deepEqual(zonesOf(operation, args), zones))

test('locksOf: each once and in ascending order, whatever order they are named in', () => {
  const zones = Array.from({ length: 200 }, (_, i) => `z${i}.example.`)
  const locks = locksOf(zones, ['one'])
  assert.deepEqual(locksOf([...zones.toReversed(), ...zones], ['one', 'one']), locks)
  assert.equal(locks.length, 201)
  for (const [index, lock] of locks.entries()) assert.ok(index === 0 || locks[index - 1]! < lock)
})

test('requestsOf: the same id of another principal is another request, and no id is none', () => {
  const of = (more: Parameters<typeof context>[0]) => requestsOf([context(more)])
  assert.notDeepEqual(of({ requestId: 'a' }), of({ requestId: 'a', principal: 'bob' }))
  assert.deepEqual(of({}), [])
})

for (const { name, operation, args, places } of [
  { name: 'a zone that anybody may nest shares them', operation: 'createZone', args: [newZone()], places: 'shared' },
  {
    name: 'one whose neighbours are looked at holds them alone',
    operation: 'createZone',
    args: [newZone({ makesWithin: [] })],
    places: 'alone',
  },
  { name: 'content may make a zone', operation: 'commitStage', args: [content([soa()])], places: 'shared' },
  { name: 'a change set makes none', operation: 'applyChanges', args: [changeSet([])], places: undefined },
])
  test(`placesOf: ${name}`, () => assert.equal(placesOf(operation, args), places))

test('lockStatements: places come first, once, and alone where one of the jobs wants that', () => {
  const first = (...places: Parameters<typeof lockStatements>[0][]) => lockStatements(places.flat() as never, [7n])
  assert.match(first(['shared', 'alone', undefined])[0]!, /advisory_xact_lock\(/)
  assert.match(first(['shared', undefined])[0]!, /advisory_xact_lock_shared\(/)
  assert.deepEqual(first([undefined]), ['SELECT pg_advisory_xact_lock(7)'])
})

test('shardOfZone: the same for a zone in any case', () => assert.equal(shardOfZone('EXAMPLE.com.'), shardOfZone(zone)))
