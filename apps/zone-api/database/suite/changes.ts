/** Laws of change sets: versions, retries, groups. */
import { digestOf, equalStates, unpackRRs } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { sha256 } from '@zonecast/runtime/hashes'
import type { Law } from './laws.ts'
import {
  address,
  changeSet,
  checkWhole,
  context,
  gatherEvents,
  newZone,
  put,
  refused,
  remove,
  valuesOf,
  zone,
} from './fixture.ts'

export const changeLaws: Law[] = [
  [
    'a change makes the next version, serial and digest, and is there to read',
    async ({ database }) => {
      const created = await database.createZone(newZone())
      assert.equal(created.effect.state.version, 1n)
      assert.equal(created.effect.state.serial, 1)
      const { effect, changeId } = await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7', '192.0.2.8')]))
      assert.deepEqual([effect.state.version, effect.state.serial, effect.added, effect.changed], [2n, 2, 2, true])
      assert.ok(equalStates(effect.previous!, created.effect.state))
      assert.match(changeId, /^chg_/)
      assert.deepEqual(await valuesOf(database, 'www'), [address('192.0.2.7'), address('192.0.2.8')])
      assert.ok(equalStates((await checkWhole(database)).state, effect.state))
    },
  ],
  [
    'the event of a commit comes before its answer, with the delta',
    async ({ database }) => {
      const { effect: before } = await database.createZone(newZone())
      const events = gatherEvents(database)
      const { effect, changeId } = await database.applyChanges({
        ...changeSet([put('www', 'A', '192.0.2.7')]),
        traceparent: 'tp',
      })
      assert.equal(events.length, 1)
      const [{ head, delta, changeIds, traceparent }] = events as [(typeof events)[0]]
      assert.ok(equalStates(head.state, effect.state) && equalStates(delta!.base!, before.state))
      assert.ok(equalStates(delta!.target.state, effect.state))
      assert.deepEqual([changeIds, traceparent, delta!.delta.removed.length], [[changeId], 'tp', 0])
    },
  ],
  [
    'the event of a new small zone carries its whole content, from nothing',
    async ({ database }) => {
      const events = gatherEvents(database)
      const { effect } = await database.createZone(newZone())
      const [{ delta }] = events as [(typeof events)[0]]
      assert.equal(delta!.base, undefined)
      assert.ok(equalStates(delta!.target.state, effect.state))
      const { soa, settings, state } = delta!.target
      assert.deepEqual(digestOf(unpackRRs(delta!.delta.added), soa, settings, sha256), state.digest)
    },
  ],
  [
    'a change that changes nothing makes no version',
    async ({ database }) => {
      await database.createZone(newZone())
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      const { effect, changeId } = await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7'), remove('none', 'A')]))
      assert.deepEqual([effect.state.version, effect.changed, changeId], [2n, false, ''])
    },
  ],
  [
    'the same request id gives the same answer, once applied, also after a restart',
    async (state) => {
      await state.database.createZone(newZone())
      const input = { ...changeSet([put('www', 'A', '192.0.2.7')]), ...context({ requestId: 'r1', body: 'x' }) }
      const twice = await Promise.all([state.database.applyChanges(input), state.database.applyChanges(input)])
      await state.database.applyChanges(changeSet([put('www', 'A', '192.0.2.9')]))
      await state.reopen()
      const again = await state.database.applyChanges(input)
      assert.deepEqual(again, twice[0])
      assert.deepEqual(twice[1], twice[0])
      assert.equal((await checkWhole(state.database)).state.version, 3n)
      const other = { ...input, ...context({ requestId: 'r1', body: 'y' }) }
      await refused(state.database.applyChanges(other), 'REQUEST_ID_REUSED')
      const another = { ...other, principal: 'bob' }
      assert.equal((await state.database.applyChanges(another)).effect.state.version, 4n)
    },
  ],
  [
    'a request that changed nothing is remembered too',
    async ({ database }) => {
      await database.createZone(newZone())
      const input = { ...changeSet([remove('www', 'A')]), ...context({ requestId: 'r1' }) }
      const first = await database.applyChanges(input)
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      assert.deepEqual(await database.applyChanges(input), first)
    },
  ],
  [
    'an expected version or generation that has moved is refused',
    async ({ database }) => {
      const { effect } = await database.createZone(newZone())
      const ops = [put('www', 'A', '192.0.2.7')]
      await refused(database.applyChanges(changeSet(ops, { expectedVersion: 2n })), 'VERSION_MOVED')
      await refused(database.applyChanges(changeSet(ops, { expectedGeneration: 1n })), 'VERSION_MOVED')
      const { version: expectedVersion, generation: expectedGeneration } = effect.state
      await database.applyChanges(changeSet(ops, { expectedVersion, expectedGeneration }))
    },
  ],
  [
    'a dry run says what would be and changes nothing',
    async ({ database }) => {
      await database.createZone(newZone())
      const events = gatherEvents(database)
      const { plan, effect, changeId } = await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')], { dryRun: true }))
      assert.deepEqual([changeId, effect.state.version, effect.changed, plan!.added.length > 0], ['', 2n, true, true])
      assert.equal((await checkWhole(database)).state.version, 1n)
      assert.equal(events.length, 0)
      const real = await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      assert.deepEqual(real.effect.state, effect.state)
    },
  ],
  [
    'a dry run shows an edit of the SOA as it is before and after',
    async ({ database }) => {
      await database.createZone(newZone())
      const edit = put('@', 'SOA', 'ns1 other 1 7200 3600 1209600 60')
      const { plan } = await database.applyChanges(changeSet([edit], { dryRun: true }))
      const shown = [plan!.removed, plan!.added].map((packed) => unpackRRs(packed).length)
      assert.deepEqual(shown, [1, 1])
    },
  ],
  [
    'every violation of a set is told at once, and nothing of it is taken',
    async ({ database }) => {
      await database.createZone(newZone())
      const ops = [put('ok', 'A', '192.0.2.7'), put('ns1', 'CNAME', 'x'), remove('@', 'NS')]
      await refused(database.applyChanges(changeSet(ops)), 'CNAME_CONFLICT')
      await refused(database.applyChanges(changeSet(ops)), 'APEX_NS_MISSING')
      assert.equal((await checkWhole(database)).state.version, 1n)
    },
  ],
  [
    'in a group of commits a bad set takes back its own work alone',
    async ({ database }) => {
      await database.createZone(newZone())
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, i) =>
          database.applyChanges(
            changeSet([put(`w${i}`, 'A', `192.0.2.${i}`), ...(i % 3 === 1 ? [put(`w${i}`, 'CNAME', 'ns1')] : [])]),
          ),
        ),
      )
      for (const [i, { status }] of outcomes.entries()) assert.equal(status, i % 3 === 1 ? 'rejected' : 'fulfilled')
      for (const i of [0, 1, 2, 58]) assert.equal((await valuesOf(database, `w${i}`)).length, i % 3 === 1 ? 0 : 1)
      assert.equal((await checkWhole(database)).state.version, 41n)
    },
  ],
  [
    '200 changes at once give versions and serials without a gap',
    async ({ database }) => {
      await database.createZone(newZone())
      const events = gatherEvents(database)
      const outcomes = await Promise.all(
        Array.from({ length: 200 }, (_, i) => database.applyChanges(changeSet([put(`w${i % 7}`, 'A', `192.0.2.${i}`)]))),
      )
      const versions = outcomes.map(({ effect }) => Number(effect.state.version)).toSorted((a, b) => a - b)
      assert.deepEqual(
        versions,
        Array.from({ length: 200 }, (_, i) => i + 2),
      )
      assert.deepEqual(
        outcomes.map(({ effect }) => effect.state.serial),
        outcomes.map(({ effect }) => Number(effect.state.version)),
      )
      assert.equal(events.flatMap(({ changeIds }) => changeIds).length, 200)
      // Each event starts where the one before ended.
      for (const [i, { delta }] of events.entries()) if (i > 0) assert.ok(equalStates(delta!.base!, events[i - 1]!.head.state))
      await checkWhole(database)
    },
  ],
  [
    'a removal that the guard does not allow is refused unless it is forced',
    async ({ database }) => {
      await database.createZone(newZone())
      await database.applyChanges(changeSet(Array.from({ length: 20 }, (_, i) => put(`w${i}`, 'A', '192.0.2.7'))))
      const removals = Array.from({ length: 10 }, (_, i) => remove(`w${i}`, 'A'))
      await refused(database.applyChanges(changeSet(removals)), 'MASS_DELETE')
      const { effect } = await database.applyChanges(changeSet(removals, { force: true }))
      assert.equal(effect.removed, 10)
      await checkWhole(database)
    },
  ],
  [
    'a zone that does not exist is not found',
    async ({ database }) => refused(database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')])), zone),
  ],
]
