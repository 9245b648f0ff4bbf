/** Laws of comments and tags. */
import { strict as assert } from 'node:assert'
import { parseName, typeFromText } from '@zonecast/dns'
import { buildPages } from '@zonecast/zone'
import type { NoteStep } from '../note.ts'
import type { RRsetMatch } from '../search/search-port.ts'
import { defaultSettings, type ZoneDatabase } from '../zone-database.ts'
import { apex, changeSet, checkWhole, content, context, newZone, put, refused, remove, rr, soa, zone } from './fixture.ts'
import type { Law } from './laws.ts'

function note(owner: string, type: string, step: Partial<NoteStep>): NoteStep {
  const where = { owner: owner === '@' ? apex : parseName(owner, apex), type: typeFromText(type)!, field: 'changes[0].note' }
  return { ...where, isWhole: false, mayBeAbsent: false, setTags: {}, removeTags: [], ...step }
}

const annotate = (database: ZoneDatabase, ...notes: NoteStep[]) => database.applyChanges(changeSet([], { notes }))

/** Comment and tags of an RRset; undefined where it has none or is not there. */
async function noteAt(database: ZoneDatabase, owner: string, type = 'A') {
  const query = { zone, owner: parseName(owner, apex), type: typeFromText(type)!, limit: 1, maxOctets: 1 << 20 }
  return (await database.listRRsets(query)).rrsets[0]?.note
}

async function tagged(database: ZoneDatabase, tag: string, value?: string): Promise<string[]> {
  const query = { zone, tag: { tag, ...(value !== undefined && { value }) }, limit: 100, maxOctets: 1 << 20 }
  return (await database.listRRsets(query)).rrsets.map(({ owner }) => Buffer.from(owner).toString('latin1', 1, 1 + owner[0]!))
}

async function found(database: ZoneDatabase, match: Partial<RRsetMatch>, limit = 100): Promise<string[]> {
  const names: string[] = []
  for (let after: Awaited<ReturnType<ZoneDatabase['findRRsets']>>['next']; ;) {
    const page = await database.findRRsets({ match: { zones: {}, ...match }, limit, ...(after && { after }) })
    for (const { zone: at, rrset } of page.found) names.push(`${at} ${Buffer.from(rrset.owner).toString('latin1', 1, 4)}`)
    after = page.next
    if (!after) return names
  }
}

const zonesTagged = async (database: ZoneDatabase, tag: string, value?: string) => {
  const match = { tag: { tag, ...(value !== undefined && { value }) } }
  return (await database.findZones({ match, limit: 10 })).zones.map((record) => record.zone)
}

export const noteLaws: Law[] = [
  [
    'tags of a zone alone make no version, are found, stay over a restart, and are in the audit log',
    async (state) => {
      const { database } = state
      const { effect: made } = await database.createZone(newZone({ tags: { team: 'web' } }))
      await database.createZone(newZone({ apex: parseName('b.example.'), soa: soa(1, parseName('b.example.')) }))
      const tags = { set: { critical: '', owner: 'ann' }, remove: ['team'] }
      const input = { ...context({ requestId: 'tags' }), zone, settings: defaultSettings, tags }
      const { changeId, effect } = await database.updateZone(input)
      assert.deepEqual([changeId, effect.changed, effect.tagsChanged, effect.state], ['', false, true, made.state])
      assert.deepEqual(await database.updateZone(input), { changeId, effect, warnings: [] })
      const again = await database.updateZone({ ...input, ...context() })
      assert.equal(again.effect.tagsChanged ?? false, false)
      await state.reopen()
      const stored = await state.database.getZone(zone)
      assert.deepEqual(stored?.tags, { critical: '', owner: 'ann' })
      assert.deepEqual(await zonesTagged(state.database, 'owner'), [zone])
      assert.deepEqual(await zonesTagged(state.database, 'owner', 'bob'), [])
      assert.deepEqual(await zonesTagged(state.database, 'team'), [])
      await checkWhole(state.database)
    },
  ],
  [
    'tags of a zone go with settings in one version, stay with it, come back with it, and are not those of one made anew',
    async ({ database }) => {
      await database.createZone(newZone())
      const settings = { ...defaultSettings, guardPercent: 40 }
      const tags = { set: { team: 'web' }, remove: [] }
      const { effect } = await database.updateZone({ ...context(), zone, settings, tags })
      assert.deepEqual([effect.changed, effect.tagsChanged, effect.state.version], [true, true, 2n])
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.1')]))
      assert.deepEqual((await database.getZone(zone))?.tags, { team: 'web' })
      const many = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`tag${i}`, '']))
      await refused(database.updateZone({ ...context(), zone, settings, tags: { set: many, remove: [] } }), 'TOO_LARGE')
      await database.deleteZone({ ...context(), zone, expectedVersion: 0n })
      assert.deepEqual(await zonesTagged(database, 'team'), [])
      await database.createZone(newZone())
      assert.deepEqual((await database.getZone(zone))?.tags, {})
    },
  ],
  [
    'a note alone makes neither a version nor a serial, and the audit log has it before and after',
    async (state) => {
      const { database } = state
      await database.createZone(newZone())
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.1')]))
      const before = await checkWhole(database)
      const outcome = await annotate(database, note('www', 'A', { comment: 'the web', setTags: { team: 'web', old: '' } }))
      assert.deepEqual([outcome.changeId, outcome.effect.changed, outcome.effect.notesChanged], ['', false, 1])
      await annotate(database, note('www', 'A', { setTags: { team: 'ops' }, removeTags: ['old'] }))
      assert.equal((await annotate(database, note('www', 'A', { setTags: { team: 'ops' } }))).effect.notesChanged, undefined)
      await state.reopen()
      assert.deepEqual(await noteAt(state.database, 'www'), { comment: 'the web', tags: { team: 'ops' } })
      assert.deepEqual(await checkWhole(state.database), before)
      const { events } = await state.database.listEvents({ zone, limit: 2 })
      const texts = ['{"comment":"the web","tags":{"old":"","team":"web"}}', '{"comment":"the web","tags":{"team":"ops"}}']
      assert.deepEqual(
        events.map((event) => event.kind === 'change' && [event.version, event.details]),
        [
          [0, [{ subject: 'www.example.com. A', before: texts[0], after: texts[1] }]],
          [0, [{ subject: 'www.example.com. A', before: '', after: texts[0] }]],
        ],
      )
    },
  ],
  [
    'a note stays while values change, goes with the RRset, and comes back with it by a restore',
    async ({ database }) => {
      await database.createZone(newZone())
      const steps = [note('www', 'A', { isWhole: true, mayBeAbsent: true, comment: 'kept', setTags: { a: '1' } })]
      const made = await database.applyChanges(changeSet([put('www', 'A', '192.0.2.1')], { notes: steps }))
      assert.equal(made.effect.notesChanged, 1)
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.2')]))
      assert.deepEqual(await noteAt(database, 'www'), { comment: 'kept', tags: { a: '1' } })
      const gone = await database.applyChanges(changeSet([remove('www', 'A')], { force: true }))
      assert.equal(gone.effect.notesChanged, 1)
      assert.deepEqual(await tagged(database, 'a'), [])
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.3')]))
      assert.equal(await noteAt(database, 'www'), undefined)
      await database.applyChanges(changeSet([remove('www', 'A')], { force: true }))

      const header = (await database.versionAt({ zone, version: 3n }))!
      const began = (await database.headOf(zone))!.state
      const delta = { removed: new Uint8Array(), added: rr('www', 'A', '192.0.2.2', { ttl: 60 }) }
      await database.restoreDelta({
        ...context(),
        zone,
        began,
        target: header,
        delta,
        expectedVersion: 0n,
        dryRun: false,
        force: false,
      })
      await checkWhole(database)
      assert.deepEqual(await noteAt(database, 'www'), { comment: 'kept', tags: { a: '1' } })
    },
  ],
  [
    'what is not there has no note, and a dry run or a refusal leaves none',
    async ({ database }) => {
      await database.createZone(newZone())
      await refused(annotate(database, note('www', 'A', { comment: 'nobody' })), 'RRSET_UNKNOWN')
      const notes = [note('ns1', 'A', { comment: 'dry' })]
      const dry = await database.applyChanges(changeSet([], { notes, dryRun: true }))
      assert.equal(dry.effect.notesChanged, 1)
      await refused(database.applyChanges(changeSet([put('ns1', 'CNAME', 'a')], { notes })), 'CNAME_CONFLICT')
      assert.equal(await noteAt(database, 'ns1'), undefined)
      const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`t${i}`, '']))
      await refused(annotate(database, note('ns1', 'A', { setTags: many })), 'TOO_LARGE')
    },
  ],
  [
    'RRsets are listed and found by tag and value, over zones and page by page, with what else is asked',
    async ({ database }) => {
      for (const name of ['b.example.', 'a.example.', 'example.com.']) {
        const origin = parseName(name)
        await database.createZone(newZone({ apex: origin }))
        const names = ['www', 'xyz']
        const ops = names.map((owner) => ({ ...put('www', 'A', '192.0.2.1'), owner: parseName(owner, origin) }))
        const notes = names.map((owner, i) => ({
          ...note('www', 'A', { setTags: { team: i === 0 ? 'web' : 'ops' } }),
          owner: parseName(owner, origin),
        }))
        await database.applyChanges(changeSet(ops, { zone: name, notes }))
      }
      assert.deepEqual(await tagged(database, 'team'), ['www', 'xyz'])
      assert.deepEqual(await tagged(database, 'team', 'ops'), ['xyz'])
      const all = ['example.com.', 'a.example.', 'b.example.'].flatMap((at) => [`${at} www`, `${at} xyz`])
      assert.deepEqual(await found(database, { tag: { tag: 'team' } }), all)
      assert.deepEqual(await found(database, { tag: { tag: 'team' } }, 1), all)
      const web = { tag: 'team', value: 'web' }
      assert.deepEqual(await found(database, { tag: web, zones: { name: { kind: 'contains', text: 'b.ex' } } }), [
        'b.example. www',
      ])
      assert.deepEqual(await found(database, { tag: web, value: { kind: 'contains', text: '192.0.3' } }), [])
      await database.deleteZone({ ...context(), zone: 'b.example.', expectedVersion: 0n })
      assert.deepEqual(await found(database, { tag: web }), ['example.com. www', 'a.example. www'])
    },
  ],
  [
    'new content takes the notes of RRsets that go, a zone made anew begins without, and an old one comes back with them',
    async ({ database }) => {
      await database.createZone(newZone())
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.1'), put('ftp', 'A', '192.0.2.1')]))
      await annotate(database, note('www', 'A', { comment: 'w' }), note('ftp', 'A', { comment: 'f' }))
      const rrs = [rr('@', 'NS', 'ns1'), rr('ns1', 'A', '192.0.2.1'), rr('www', 'A', '192.0.2.9')]
      const replace = async (input: Parameters<typeof content>[1]) => {
        const { rrs: sorted, ...rest } = content(rrs, { soa: soa(100), force: true, overwrite: true, ...input })
        await database.replaceContent({ ...rest, pages: [...buildPages(sorted)], began: undefined })
      }
      await replace({})
      assert.deepEqual([await noteAt(database, 'www'), await noteAt(database, 'ftp')], [{ comment: 'w', tags: {} }, undefined])
      const version = (await database.headOf(zone))!.state.version
      await database.deleteZone({ ...context(), zone, expectedVersion: 0n })
      await replace({ notesAsOf: version })
      assert.deepEqual(await noteAt(database, 'www'), { comment: 'w', tags: {} })
      await database.deleteZone({ ...context(), zone, expectedVersion: 0n })
      await replace({})
      assert.equal(await noteAt(database, 'www'), undefined)
    },
  ],
]
