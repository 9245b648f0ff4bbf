/** Laws of changes over several zones, and of preconditions on RRsets. */
import { parseName } from '@zonecast/dns'
import { equalStates } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import type { EventPlace } from '../audit-port.ts'
import type { ApplySetsInput, ZoneChangeSet } from '../zone-database.ts'
import {
  address,
  apex,
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
import type { Law } from './laws.ts'

const others = ['2.0.192.in-addr.arpa.', 'a.example.', 'b.example.', 'c.example.']

function set(ops: ZoneChangeSet['ops'], name = zone, more: Partial<ZoneChangeSet> = {}): ZoneChangeSet {
  return { zone: name, ops, expectedVersion: 0n, expectedGeneration: 0n, ...more }
}

function sets(parts: readonly ZoneChangeSet[], more: Partial<ApplySetsInput> = {}): ApplySetsInput {
  return { ...context(), sets: parts, dryRun: false, force: false, ...more }
}

const expected = (owner: string, text?: string) => {
  const key = { owner: parseName(owner, apex), type: 1, field: 'precondition' }
  return text === undefined ? { equal: [], absent: [key] } : { equal: [{ ...key, rdatas: [address(text)] }], absent: [] }
}

/** A step in another zone than the suite's own. */
const putIn = (name: string, value: string) => ({ ...put('x', 'A', value), owner: parseName('x', parseName(name)) })

export const changeSetLaws: Law[] = [
  [
    'what a precondition on an RRset asks for is asked of the newest version, and of many writers one passes',
    async ({ database }) => {
      await database.createZone(newZone())
      const claim = (i: number) =>
        database.applyChanges(changeSet([put('www', 'A', `192.0.2.${i}`)], { expected: expected('www') }))
      const claims = await Promise.allSettled([1, 2, 3, 4].map(claim))
      assert.equal(claims.filter(({ status }) => status === 'fulfilled').length, 1)
      await refused(claim(9), 'RRSET_EXISTS')
      const swap = (from: string, to: string) =>
        database.applyChanges(changeSet([put('www', 'A', to)], { expected: expected('www', from) }))
      await refused(swap('192.0.2.77', '192.0.2.8'), 'RRSET_DIFFERS')
      await swap('192.0.2.1', '192.0.2.8')
      assert.deepEqual(await valuesOf(database, 'www'), [address('192.0.2.8')])
      // Also where the steps would change nothing.
      await refused(swap('192.0.2.1', '192.0.2.8'), 'RRSET_DIFFERS')
    },
  ],
  [
    'steps that could not be read are told together with what the zone says to the others',
    async ({ database }) => {
      await database.createZone(newZone())
      const unread = [{ field: 'changes[1].put.values[0]', reason: 'RDATA_INVALID', subject: 'x', message: 'bad' }]
      const input = changeSet([remove('@', 'NS')], { unread })
      await refused(database.applyChanges(input), 'RDATA_INVALID')
      await refused(database.applyChanges(input), 'APEX_NS_MISSING')
    },
  ],
  [
    'a change over several zones is one change, with a version and an effect a zone, and one event each in the order of shards',
    async (state) => {
      const { database } = state
      await database.createZone(newZone())
      for (const name of others) await database.createZone(newZone({ apex: parseName(name) }))
      const events = gatherEvents(database)
      const parts = [set([put('www', 'A', '192.0.2.7')]), ...others.map((name) => set([putIn(name, '192.0.2.8')], name))]
      const { changeId, effects } = await database.applyChangeSets(sets(parts))
      assert.deepEqual(
        effects.map((effect) => [effect.zone, effect.state.version, effect.changed]),
        [zone, ...others].map((name) => [name, 2n, true]),
      )
      assert.ok(events.length === 5 && events.every(({ changeIds }) => changeIds.join() === changeId))
      const shards = events.map(({ head }) => head.shard)
      assert.deepEqual(
        shards,
        shards.toSorted((a, b) => a - b),
      )
      await state.reopen()
      const change = await state.database.getChange(changeId)
      assert.deepEqual(change!.effects.map((effect) => effect.zone).toSorted(), [zone, ...others].toSorted())
      for (const name of [zone, ...others]) {
        const { state: version } = await checkWhole(state.database, name)
        assert.ok(equalStates(version, effects.find((effect) => effect.zone === name)!.state))
        assert.ok(change!.heads.some((head) => head.zone === name && equalStates(head.state, version)))
      }
    },
  ],
  [
    'what one zone refuses is refused for all, and all violations are told',
    async ({ database }) => {
      await database.createZone(newZone())
      await database.createZone(newZone({ apex: parseName('a.example.') }))
      const ns = { ...remove('@', 'NS'), owner: parseName('a.example.') }
      const bad = sets([set([put('www', 'A', '192.0.2.7'), put('ns1', 'CNAME', 'x')]), set([ns], 'a.example.')])
      await refused(database.applyChangeSets(bad), 'APEX_NS_MISSING')
      await refused(database.applyChangeSets(bad), 'CNAME_CONFLICT')
      const moved = sets([
        set([put('www', 'A', '192.0.2.7')]),
        set([putIn('a.example.', '192.0.2.1')], 'a.example.', { expectedVersion: 7n }),
      ])
      await refused(database.applyChangeSets(moved), 'VERSION_MOVED')
      const unknown = sets([set([put('www', 'A', '192.0.2.7')]), set([putIn('n.example.', '192.0.2.1')], 'n.example.')])
      await refused(database.applyChangeSets(unknown), 'n.example.')
      for (const name of [zone, 'a.example.']) assert.equal((await checkWhole(database, name)).state.version, 1n)
    },
  ],
  [
    'zones that are as asked already make no version, a dry run none at all, and a repeated request one answer',
    async (state) => {
      await state.database.createZone(newZone())
      await state.database.createZone(newZone({ apex: parseName('a.example.') }))
      const parts = [
        set([put('www', 'A', '192.0.2.7')]),
        set([{ ...remove('no', 'A'), owner: parseName('no.a.example.') }], 'a.example.'),
      ]
      const dry = await state.database.applyChangeSets(sets(parts, { dryRun: true }))
      assert.deepEqual([dry.changeId, dry.plans!.map(({ added }) => added.length > 0)], ['', [true, false]])
      const input = sets(parts, context({ requestId: 'r1', body: 'x' }))
      const first = await state.database.applyChangeSets(input)
      assert.deepEqual(
        first.effects.map(({ changed, state: { version } }) => [changed, version]),
        [
          [true, 2n],
          [false, 1n],
        ],
      )
      await state.reopen()
      assert.deepEqual(await state.database.applyChangeSets(input), first)
      await refused(state.database.applyChangeSets({ ...input, ...context({ requestId: 'r1', body: 'y' }) }), 'REQUEST_ID_REUSED')
      const nothing = await state.database.applyChangeSets(sets(parts))
      assert.deepEqual([nothing.changeId, nothing.effects.map(({ changed }) => changed)], ['', [false, false]])
    },
  ],
  [
    'changes over two zones and single ones beside them leave no gap, whichever zone they name first',
    async ({ database }) => {
      await database.createZone(newZone())
      await database.createZone(newZone({ apex: parseName('a.example.') }))
      await Promise.all(
        Array.from({ length: 60 }, (_, i) => {
          const both = [set([put(`w${i}`, 'A', '192.0.2.1')]), set([putIn('a.example.', `192.0.2.${i}`)], 'a.example.')]
          if (i % 3 === 0) return database.applyChanges(changeSet([put(`w${i}`, 'A', '192.0.2.1')]))
          return database.applyChangeSets(sets(i % 2 === 0 ? both : both.toReversed()))
        }),
      )
      assert.equal((await checkWhole(database)).state.version, 61n)
      assert.equal((await checkWhole(database, 'a.example.')).state.version, 41n)
    },
  ],
  [
    'in audit and history a change over several zones stands once with each of them, with its own counts, and stays when it is pruned',
    async (state) => {
      await state.database.createZone(newZone())
      await state.database.createZone(newZone({ apex: parseName('a.example.') }))
      const parts = [set([put('www', 'A', '192.0.2.7', '192.0.2.8')]), set([putIn('a.example.', '192.0.2.1')], 'a.example.')]
      const { changeId } = await state.database.applyChangeSets(sets(parts))
      const lines = async (name?: string) => {
        const found: string[] = []
        let next: EventPlace | undefined
        do {
          const page = await state.database.listEvents({ limit: 100, ...(name && { zone: name }), ...(next && { after: next }) })
          for (const event of page.events) {
            if (event.kind !== 'change' || event.changeId !== changeId) continue
            found.push(`${event.zone} v${event.version} ${event.rrsBefore} ${event.rrsAfter} ${event.reason}`)
          }
          next = page.next
        } while (next)
        return found.toSorted()
      }
      const audited = async () => {
        const all = ['a.example. v2 3 4 a test', 'example.com. v2 3 5 a test']
        assert.deepEqual(await lines(), all)
        assert.deepEqual(await lines('a.example.'), all.slice(0, 1))
        assert.deepEqual(await lines(zone), all.slice(1))
      }
      await audited()
      for (const [name, added] of [
        ['a.example.', 1],
        [zone, 2],
      ] as const) {
        const { versions } = await state.database.listVersions({ zone: name, limit: 10 })
        assert.deepEqual([versions[0]!.added, versions[0]!.changeId], [added, changeId])
      }
      for (const name of [zone, 'a.example.']) {
        const owner = parseName('x', parseName(name))
        await state.database.applyChanges(changeSet([{ ...put('x', 'A', '192.0.2.99'), owner }], { zone: name }))
      }
      await state.reopen({ retention: { versions: 1, ms: -1000 } })
      while (await state.database.maintain());
      assert.equal(await state.database.getChange(changeId), undefined)
      await audited()
    },
  ],
]
