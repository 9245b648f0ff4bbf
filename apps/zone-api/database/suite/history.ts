/** Laws of history, the audit log and searches. */
import { parseName } from '@zonecast/dns'
import { buildPages, diffSorted, emptyDelta, invertDelta, unpackRRs } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import type { AuditEvent, EventPlace, EventQuery } from '../audit-port.ts'
import type { StepPlace } from '../history-port.ts'
import { VersionWalk } from '../../history/version-walk.ts'
import { unpackSteps } from '../packed-steps.ts'
import type { ZoneDatabase } from '../zone-database.ts'
import { changeSet, checkWhole, content, context, newZone, put, refused, rr, zone } from './fixture.ts'
import type { Law } from './laws.ts'

const owner = (text: string) => parseName(text)

/** A zone of six versions: change sets, a replacement with its step, and one whose content is kept. */
async function sixVersions(database: ZoneDatabase): Promise<void> {
  const before = [rr('@', 'NS', 'ns1'), rr('ns1', 'A', '192.0.2.1')]
  await database.createZone(newZone())
  await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
  const third = [...before, rr('mail', 'A', '192.0.2.8')]
  await replace(database, third, [...before, rr('www', 'A', '192.0.2.7', { ttl: 60 })])
  await database.applyChanges(changeSet([put('mail', 'A', '192.0.2.9')]))
  await replace(database, [...before, rr('last', 'A', '192.0.2.1')])
  await database.applyChanges(changeSet([put('www', 'A', '192.0.2.10')]))
}

async function replace(database: ZoneDatabase, rrs: readonly Uint8Array[], from?: readonly Uint8Array[]): Promise<void> {
  const head = await database.headOf(zone)
  const { rrs: sorted, ...input } = content(rrs)
  const delta = from && diffSorted(content(from).rrs, sorted)
  await database.replaceContent({ ...input, pages: [...buildPages(sorted)], began: head!.state, ...(delta && { delta }) })
}

async function allEvents(database: ZoneDatabase, query: Omit<EventQuery, 'limit'>): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  let after: EventPlace | undefined
  do {
    const page = await database.listEvents({ ...query, limit: 2, ...(after && { after }) })
    events.push(...page.events)
    after = page.next
  } while (after)
  return events
}

export const historyLaws: Law[] = [
  [
    'versions are listed, and by name with those that may have touched it',
    async ({ database }) => {
      await sixVersions(database)
      const first = await database.listVersions({ zone, limit: 4 })
      const rest = await database.listVersions({ zone, limit: 4, before: first.next! })
      const all = [...first.versions, ...rest.versions]
      assert.deepEqual(
        all.map(({ state, method, principal }) => [state.version, method, principal]),
        ['ApplyChanges', 'ImportZone', 'ApplyChanges', 'ImportZone', 'ApplyChanges', 'CreateZone'].map((method, i) => [
          BigInt(6 - i),
          method,
          'alice',
        ]),
      )
      assert.equal(rest.next, undefined)
      const named = await database.listVersions({ zone, owner: owner('www.example.com.'), limit: 10 })
      assert.deepEqual(
        named.versions.map(({ state, wholeZone }) => [state.version, wholeZone]),
        [
          [6n, false],
          [5n, true],
          [3n, false],
          [2n, false],
          [1n, true],
        ],
      )
    },
  ],
  [
    'steps lead from a version to the newest, or to a content that was replaced',
    async ({ database }) => {
      await sixVersions(database)
      const readOn = async (version: number) => {
        let after: StepPlace = { version, piece: 0 }
        for (let count = 0; ;) {
          const { steps, at, end } = await database.readSteps({ zone, after })
          count += unpackSteps(steps).length
          if (end.kind !== 'more') return { count, at: at.version, end }
          after = at
        }
      }
      const { end, ...old } = await readOn(1)
      assert.deepEqual([old, end.kind], [{ count: 3, at: 4 }, 'content'])
      const kept =
        end.kind === 'content'
          ? await database.readContent({ content: end.content, fromKey: new Uint8Array([0]), maxOctets: 1 })
          : undefined
      assert.ok(kept && kept.last && kept.pages.length === 1)
      const { end: newest, ...young } = await readOn(5)
      assert.deepEqual([young, newest.kind], [{ count: 1, at: 6 }, 'live'])
      assert.equal((await database.readSteps({ zone, after: { version: 1, piece: 0 }, toVersion: 3 })).end.kind, 'reached')
      assert.equal((await database.readSteps({ zone, after: { version: 0, piece: 0 } })).end.kind, 'gone')
    },
  ],
  [
    'a restore by delta is a version like any other, guarded and bound to where it began',
    async ({ database }) => {
      await database.createZone(newZone())
      const target = (await database.versionAt({ zone }))!
      await database.applyChanges(changeSet(Array.from({ length: 20 }, (_, i) => put(`w${i}`, 'A', '192.0.2.7'))))
      const began = (await database.headOf(zone))!.state
      const { steps } = await database.readSteps({ zone, after: { version: 1, piece: 0 } })
      const delta = invertDelta(unpackSteps(steps)[0]!)
      const input = { ...context(), zone, began, target, delta, expectedVersion: 0n, dryRun: false, force: false }
      await refused(database.restoreDelta(input), 'MASS_DELETE')
      await refused(database.restoreDelta({ ...input, began: target.state, force: true }), 'VERSION_MOVED')
      const dry = await database.restoreDelta({ ...input, dryRun: true, force: true })
      assert.equal(unpackRRs(dry.plan!.removed).length, 20)
      const { effect } = await database.restoreDelta({ ...input, force: true })
      assert.deepEqual([effect.state.version, effect.removed, effect.oldTtl], [3n, 20, 60])
      const { rrCount, rrsetCount } = await checkWhole(database)
      assert.deepEqual([rrCount, rrsetCount], [target.rrCount, target.rrsetCount])
    },
  ],
  [
    'what caches may still hold is what a restore takes back, or what the caller of a deletion says',
    async ({ database }) => {
      await database.createZone(newZone())
      const target = (await database.versionAt({ zone }))!
      await database.applyChanges(changeSet([put('@', 'SOA', 'ns9 hostmaster 1 7200 3600 1209600 300')]))
      const began = (await database.headOf(zone))!.state
      const input = { ...context(), zone, began, target, delta: emptyDelta, expectedVersion: 0n, dryRun: false, force: false }
      assert.equal((await database.restoreDelta(input)).effect.oldTtl, 60)
      const { effect } = await database.deleteZone({ ...context(), zone, expectedVersion: 0n, oldTtl: 900 })
      assert.equal(effect.oldTtl, 900)
    },
  ],
  [
    'of a version that cannot be had it is said whether it was there, what became of it, and which are there',
    async (state) => {
      await sixVersions(state.database)
      const says = (version: bigint, text: RegExp) =>
        assert.rejects(VersionWalk.open(state.database, zone, version), (error: Error) => {
          assert.match(error.message, text)
          return true
        })
      await says(9n, /^there never was a version 9 of example\.com\.; the newest is 6$/)
      await state.reopen({ retention: { versions: 3, ms: -1000 } })
      while (await state.database.maintain());
      await says(1n, /^version 1 of example\.com\. was there once, and retention has let go of it; versions \d to 6 are kept$/)
      await state.database.purgeHistory({ zone, principal: 'bob', reason: 'asked for' })
      await says(5n, /^version 5 of .* was there once, and it was purged .* for personal data; only version 6 is kept$/)
      assert.equal((await VersionWalk.open(state.database, zone, 6n)).plan.header.state.version, 6n)
    },
  ],
  [
    'a purge takes names and values and leaves that there were versions',
    async ({ database }) => {
      await sixVersions(database)
      const purge = { zone, owner: owner('www.example.com.'), principal: 'bob', reason: 'asked for' }
      for (let next: bigint | undefined | null = null; next !== undefined;) {
        const purged = await database.purgeHistory({ ...purge, ...(next !== null && { before: next }) })
        next = purged.next
      }
      const { versions } = await database.listVersions({ zone, limit: 10 })
      assert.deepEqual(
        versions.filter(({ purged }) => purged).map(({ state }) => state.version),
        [6n, 3n, 2n],
      )
      await checkWhole(database)
      const [line] = await allEvents(database, { method: 'PurgeHistory' })
      assert.ok(line?.kind === 'change' && line.principal === 'bob' && line.reason === 'asked for')
    },
  ],
  [
    'a purge is found, and finds, behind more versions than one look takes',
    async ({ database }) => {
      await database.createZone(newZone())
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      const later = Array.from({ length: 1_005 }, (_, i) => changeSet([put('mail', 'A', `192.0.${i >> 8}.${i & 255}`)]))
      await Promise.all(later.map((set) => database.applyChanges(set)))
      const purge = { zone, owner: owner('www.example.com.'), principal: 'bob', reason: 'asked for' }
      let versions = 0
      for (let next: bigint | undefined | null = null; next !== undefined;) {
        const purged = await database.purgeHistory({ ...purge, ...(next !== null && { before: next }) })
        versions += purged.versions
        next = purged.next
      }
      assert.equal(versions, 1)
      await assert.rejects(VersionWalk.open(database, zone, 1n), /it was purged .*; versions 2 to 1007 are kept$/)
      assert.equal((await VersionWalk.open(database, zone, 2n)).plan.header.state.version, 2n)
    },
  ],
  [
    'the audit log has every change and denial once, in order',
    async ({ database }) => {
      await sixVersions(database)
      const denial = {
        principal: 'eve',
        method: 'DeleteZone',
        reason: 'PERMISSION_MISSING',
        permission: 'zone.delete',
        fault: '',
        zone: '',
        rrset: '',
        count: 3,
      }
      await database.noteDenials([{ ...denial, atMs: 1, lastAtMs: 2 }])
      const events = await allEvents(database, {})
      assert.deepEqual(
        events.map((event) => (event.kind === 'change' ? event.version : event.kind === 'denial' && event.count)),
        [6, 5, 4, 3, 2, 1, 3],
      )
      assert.equal((await allEvents(database, { zone, method: 'ImportZone' })).length, 2)
      assert.equal((await allEvents(database, { kind: 'denial', sinceMs: 2 })).length, 0)
    },
  ],
  [
    'RRsets and zones are found across zones',
    async ({ database }) => {
      await sixVersions(database)
      const found = async (match: Parameters<ZoneDatabase['findRRsets']>[0]['match']) =>
        (await database.findRRsets({ match, limit: 10 })).found.length
      assert.equal(await found({ zones: {}, value: { kind: 'exact', text: '192.0.2.10' } }), 1)
      assert.equal(await found({ zones: {}, name: { kind: 'suffix', name: owner('com.') }, type: 1 }), 3)
      assert.equal(await found({ zones: { placement: 'far' } }), 0)
      const zones = await database.findZones({ match: { name: { kind: 'contains', text: 'xampl' } }, limit: 10 })
      assert.deepEqual([zones.zones.length, zones.next], [1, undefined])
    },
  ],
  [
    'a change of several zones has a version and an audit line in each, and a purge of one leaves the other',
    async ({ database }) => {
      const other = 'a.example.'
      await database.createZone(newZone())
      await database.createZone(newZone({ apex: parseName(other) }))
      const op = put('www', 'A', '192.0.2.7')
      const part = { expectedVersion: 0n, expectedGeneration: 0n }
      const elsewhere = { ...op, owner: parseName('x', parseName(other)) }
      const sets = [
        { ...part, zone, ops: [op] },
        { ...part, zone: other, ops: [elsewhere, { ...elsewhere, owner: parseName('y', parseName(other)) }] },
      ]
      const { changeId } = await database.applyChangeSets({ ...context(), sets, dryRun: false, force: false })
      await database.purgeHistory({ zone, principal: 'bob', reason: '' })
      for (const [name, added] of [
        [zone, 1],
        [other, 2],
      ] as const) {
        const { versions } = await database.listVersions({ zone: name, limit: 1 })
        assert.deepEqual([versions[0]!.changeId, versions[0]!.added], [changeId, added])
        const [line] = await allEvents(database, { zone: name, method: 'ApplyChangeSets' })
        assert.ok(line?.kind === 'change' && line.zone === name)
        assert.deepEqual([line.version, line.rrsBefore, line.rrsAfter], [2, 3, 3 + added])
      }
      assert.equal((await database.getChange(changeId))?.effects.length, 2)
    },
  ],
]
