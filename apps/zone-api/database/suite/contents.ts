/** Laws of contents: stages, replacements, deltas, listings, tidying. */
import {
  applyDelta,
  arrayReader,
  buildPages,
  type Delta,
  diffSorted,
  editPages,
  equalStates,
  firstKey,
  type PageRef,
  rrsOf,
  unpackRRs,
} from '@zonecast/zone'
import { parseName, typeToText } from '@zonecast/dns'
import { array, constantFrom, nat, record, sample } from 'fast-check'
import { strict as assert } from 'node:assert'
import { type ContentInput, defaultSettings, type ZoneDatabase } from '../zone-database.ts'
import { apex, changeSet, checkWhole, content, context, newZone, put, refused, remove, rr, soa, zone } from './fixture.ts'
import type { Law } from './laws.ts'

const ns = () => [rr('@', 'NS', 'ns1'), rr('ns1', 'A', '192.0.2.1')]
const many = (count: number, value = '192.0.2.9') => [
  ...ns(),
  ...Array.from({ length: count }, (_, i) => rr(`w${i}`, 'A', value)),
]

export const contentLaws: Law[] = [
  [
    'a stage becomes the zone in one version, and nobody sees it before',
    async ({ database }) => {
      await database.createZone(newZone())
      const { effect } = await stageAndCommit(database, many(5000), { soa: soa(100), addedRRs: 5000 })
      assert.deepEqual([effect.state.version, effect.state.serial, effect.added], [2n, 100, 5000])
      const header = await checkWhole(database)
      assert.equal(header.rrCount, 5003)
      await database.applyChanges(changeSet([put('w17', 'A', '192.0.2.33')]))
      assert.equal((await checkWhole(database)).state.serial, 101)
    },
  ],
  [
    'a stage creates the zone where there is none, and keeps the serial of the data',
    async ({ database }) => {
      const { effect } = await stageAndCommit(database, many(3), { soa: soa(2_026_010_100) })
      assert.deepEqual([effect.state.version, effect.state.serial, effect.previous], [1n, 2_026_010_100, undefined])
      await checkWhole(database)
    },
  ],
  [
    'a serial that is not after the one before becomes the next, and a warning says so',
    async ({ database }) => {
      await database.createZone(newZone({ soa: soa(500) }))
      const { effect, warnings } = await stageAndCommit(database, many(3), { soa: soa(400) })
      assert.equal(effect.state.serial, 501)
      assert.deepEqual(
        warnings.map(({ reason }) => reason),
        ['SERIAL_REPLACED'],
      )
      await checkWhole(database)
    },
  ],
  [
    'a stage whose zone has moved is refused, unless it may overwrite',
    async ({ database }) => {
      await database.createZone(newZone())
      const { stage } = await database.beginStage(zone)
      const { rrs, ...input } = content(many(4))
      await database.writeStage(stage, [...buildPages(rrs)])
      await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      await refused(database.commitStage({ ...input, stage, hasDelta: false }), 'VERSION_MOVED')
      const { effect } = await database.commitStage({ ...input, stage, hasDelta: false, overwrite: true })
      assert.equal(effect.state.version, 3n)
      assert.equal((await checkWhole(database)).rrCount, 7)
    },
  ],
  [
    'the guard holds for replacements, and a dry run keeps the stage',
    async ({ database }) => {
      await stageAndCommit(database, many(50), {})
      const { stage } = await database.beginStage(zone)
      const { rrs, ...input } = content(many(5), { removedRRsets: 45 })
      await database.writeStage(stage, [...buildPages(rrs)])
      await refused(database.commitStage({ ...input, stage, hasDelta: false }), 'MASS_DELETE')
      const dry = await database.commitStage({ ...input, stage, hasDelta: false, force: true, dryRun: true })
      assert.equal((await checkWhole(database)).rrCount, 53)
      const { effect } = await database.commitStage({ ...input, stage, hasDelta: false, force: true })
      assert.deepEqual(dry.effect.state, effect.state)
      assert.equal((await checkWhole(database)).rrCount, 8)
    },
  ],
  [
    'content that is there already makes no version',
    async ({ database }) => {
      await stageAndCommit(database, many(50), {})
      const { effect, changeId } = await stageAndCommit(database, many(50), {})
      assert.deepEqual([effect.changed, effect.state.version, changeId], [false, 1n, ''])
      const later = await stageAndCommit(database, many(50), { soa: soa(101) })
      assert.deepEqual([later.effect.changed, later.effect.state.version], [true, 2n])
    },
  ],
  [
    'small content is replaced in one call, and its request id is remembered',
    async ({ database }) => {
      const { rrs, ...input } = content(many(5), context({ requestId: 'r' }))
      const replacement = { ...input, pages: [...buildPages(rrs)], began: undefined }
      const first = await database.replaceContent(replacement)
      assert.deepEqual(await database.replaceContent(replacement), first)
      assert.equal((await checkWhole(database)).rrCount, 8)
    },
  ],
  [
    'changes and a replacement in one group of commits do not mix',
    async ({ database }) => {
      await database.createZone(newZone())
      const { rrs, ...input } = content(many(30), { overwrite: true })
      const replacement = { ...input, pages: [...buildPages(rrs)], began: undefined }
      const outcomes = await Promise.all([
        ...Array.from({ length: 10 }, (_, i) => database.applyChanges(changeSet([put(`a${i}`, 'A', '192.0.2.7')]))),
        database.replaceContent(replacement),
        ...Array.from({ length: 10 }, (_, i) => database.applyChanges(changeSet([put(`b${i}`, 'A', '192.0.2.7')]))),
      ])
      assert.equal(outcomes.length, 21)
      const header = await checkWhole(database)
      assert.deepEqual([header.state.version, header.rrCount], [22n, 43])
    },
  ],
  [
    'stages of an earlier run are swept, and what is dropped goes in slices',
    async (state) => {
      await stageAndCommit(state.database, many(3000), {})
      const { stage } = await state.database.beginStage(zone)
      await state.database.writeStage(stage, [...buildPages(content(many(3000)).rrs)])
      await state.reopen()
      const { rrs: _, ...input } = content(many(3000))
      await refused(state.database.commitStage({ ...input, stage, hasDelta: false }), 'stage')
      let slices = 0
      while (await state.database.maintain()) slices++
      assert.ok(slices >= 1)
      assert.equal((await checkWhole(state.database)).rrCount, 3003)
    },
  ],
  [
    'a delta leads from any version in the log to the newest, netted',
    async ({ database }) => {
      await stageAndCommit(database, many(2000), {})
      const { state: base } = await checkWhole(database)
      const pages = await pagesOf(database)
      await database.applyChanges(changeSet([put('x', 'A', '192.0.2.1')]))
      await database.applyChanges(changeSet([remove('x', 'A'), put('w5', 'A', '192.0.2.77')]))
      await database.updateZone({ ...context(), zone, settings: (await database.getZone(zone))!.settings })
      const answer = await database.deltaFrom({ zone, base })
      assert.ok(answer.kind === 'delta' && equalStates(answer.base!, base))
      assert.equal(
        rrsOfPages(editPages(pages, applyDelta(arrayReader(pages), answer.delta))),
        rrsOfPages(await pagesOf(database)),
      )
      // The RR that came and went is in neither part.
      assert.ok(answer.delta.added.length < 40)
      assert.deepEqual(
        [(await database.deltaFrom({ zone, base: answer.target.state })).kind, answer.target.state.version],
        ['current', 3n],
      )
      const middle = await database.deltaFrom({ zone, base, toVersion: 2n })
      assert.ok(middle.kind === 'delta' && middle.target.state.version === 2n)
    },
  ],
  [
    'where no delta leads, a small zone goes whole and a large one by a walk',
    async ({ database }) => {
      await stageAndCommit(database, many(10), {})
      const { state } = await checkWhole(database)
      const strange = { ...state, digest: new Uint8Array(32) }
      for (const base of [undefined, strange, { ...strange, generation: 1n }, { ...state, version: 9n }]) {
        const answer = await database.deltaFrom({ zone, base })
        assert.ok(answer.kind === 'delta' && answer.base === undefined, String(base?.version))
        assert.equal(rrsOfPages([...buildPages(unpackRRs(answer.delta.added))]), rrsOfPages(await pagesOf(database)))
      }
      await stageAndCommit(database, many(20_000), { soa: soa(200) })
      assert.equal((await database.deltaFrom({ zone, base: state })).kind, 'walk')
      assert.equal((await database.deltaFrom({ zone: 'none.', base: state })).kind, 'unknown')
      await database.deleteZone({ ...context(), zone, expectedVersion: 0n })
      assert.equal((await database.deltaFrom({ zone, base: state })).kind, 'current')
    },
  ],
  [
    'a replacement with its delta is a step like any other',
    async ({ database }) => {
      const before = content(many(3000)).rrs
      const after = content([...many(2990), rr('new', 'A', '192.0.2.5')]).rrs
      await stageAndCommit(database, before, {})
      const { state: base } = await checkWhole(database)
      const { stage } = await database.beginStage(zone)
      await database.writeStage(stage, [...buildPages(after)])
      const { removed, added } = diffSorted(before, after)
      await database.writeStageDelta(stage, { removed, added: new Uint8Array() })
      await database.writeStageDelta(stage, { removed: new Uint8Array(), added })
      const { rrs: _, ...input } = content(after, { soa: soa(200) })
      await database.commitStage({ ...input, stage, hasDelta: true })
      await database.applyChanges(changeSet([put('x', 'A', '192.0.2.1')]))
      await checkWhole(database)
      const answer = await database.deltaFrom({ zone, base })
      assert.ok(answer.kind === 'delta' && answer.base !== undefined)
      assert.equal(unpackRRs(answer.delta.added).length + unpackRRs(answer.delta.removed).length, 12)
    },
  ],
  [
    'the step to a content is kept with its version, also when the content is replaced and gone',
    async ({ database }) => {
      const contents = [0, 1, 2].map((turn) => content([...many(3000), rr(`turn${turn}`, 'A', '192.0.2.5')]).rrs)
      await stageAndCommit(database, contents[0]!, {})
      const { state: base } = await checkWhole(database)
      for (const turn of [1, 2]) await replaceWithDelta(database, contents[turn - 1]!, contents[turn]!, soa(200 + turn))
      while (await database.maintain());
      const answer = await database.deltaFrom({ zone, base })
      assert.ok(answer.kind === 'delta' && answer.base !== undefined)
      const changed = ({ removed, added }: Delta) => [removed, added].map((packed) => unpackRRs(packed).length)
      assert.deepEqual(changed(answer.delta), [1, 1])
      const steps = await database.readSteps({ zone, after: { version: Number(base.version), piece: 0 }, toVersion: 3 })
      assert.notEqual(steps.end.kind, 'gone')
    },
  ],
  [
    'history past its time goes, and the newest version stays',
    async (state) => {
      await state.database.createZone(newZone())
      const { state: first } = await checkWhole(state.database)
      for (let i = 0; i < 10; i++) await state.database.applyChanges(changeSet([put('www', 'A', `192.0.2.${i}`)]))
      await state.reopen({ retention: { versions: 3, ms: -1000 } })
      while (await state.database.maintain());
      const { state: newest } = await checkWhole(state.database)
      const old = await state.database.deltaFrom({ zone, base: first })
      assert.ok(old.kind === 'delta' && old.base === undefined)
      const kept = await state.database.deltaFrom({ zone, base: { generation: newest.generation, version: newest.version - 2n } })
      assert.ok(kept.kind === 'delta' && kept.base?.version === newest.version - 2n)
    },
  ],
  [
    'a zone keeps as much history as it asks for itself, and goes on doing so when that changes',
    async (state) => {
      const settings = { ...defaultSettings, historyVersions: 4 }
      await state.database.createZone(newZone({ settings }))
      for (let i = 0; i < 10; i++) await state.database.applyChanges(changeSet([put('www', 'A', `192.0.2.${i}`)]))
      const versionsAfter = async () => {
        await state.reopen({ retention: { versions: 1, ms: -1000 } })
        while (await state.database.maintain());
        return (await state.database.listVersions({ zone, limit: 20 })).versions.length
      }
      assert.equal(await versionsAfter(), 4)
      await state.database.updateZone({ ...context(), zone, settings: { ...settings, historyVersions: 2 } })
      assert.equal(await versionsAfter(), 2)
      await state.database.updateZone({ ...context(), zone, settings: { ...settings, historyDays: 1 } })
      assert.equal(await versionsAfter(), 3)
    },
  ],
  [
    'RRsets are listed in canonical order, page by page, and filtered by name and type',
    async ({ database }) => {
      await stageAndCommit(database, [...many(700), rr('w3', 'TXT', '"a" "b"'), rr('w3', 'AAAA', '2001:db8::1')], {})
      const seen: string[] = []
      for (let after = undefined as Parameters<typeof database.listRRsets>[0]['after']; ;) {
        const page = await database.listRRsets({ zone, limit: 50, maxOctets: 4_000, ...(after && { after }) })
        seen.push(...page.rrsets.map(({ owner, type }) => `${Buffer.from(owner).toString('latin1')}/${typeToText(type)}`))
        if (!page.next) break
        after = page.next
      }
      assert.equal(seen.length, 705)
      assert.equal(new Set(seen).size, 705)
      assert.match(seen[0]!, /SOA$/)
      const owner = parseName('W3', apex)
      const atName = await database.listRRsets({ zone, owner, limit: 10, maxOctets: 10_000 })
      assert.deepEqual(
        atName.rrsets.map(({ type }) => typeToText(type)),
        ['A', 'TXT', 'AAAA'],
      )
      const ofType = await database.listRRsets({ zone, type: 16, limit: 10, maxOctets: 10_000 })
      assert.equal(ofType.rrsets.length, 1)
    },
  ],
  [
    'whatever is changed, pages, counts and digest stay those of the model',
    async ({ database }) => {
      await stageAndCommit(database, many(600), {})
      const step = record({ name: nat(900), value: nat(255), kind: constantFrom('put', 'put', 'remove') })
      for (const steps of sample(array(step, { minLength: 1, maxLength: 60 }), { numRuns: 40, seed: 7 })) {
        const named = new Map(steps.map((one) => [one.name, one])).values()
        const ops = [...named].map(({ name, value, kind }) =>
          kind === 'put' ? put(`w${name}`, 'A', `192.0.2.${value}`) : remove(`w${name}`, 'A'),
        )
        await database.applyChanges(changeSet(ops, { force: true }))
      }
      await checkWhole(database)
    },
  ],
]

async function stageAndCommit(database: ZoneDatabase, rrs: readonly Uint8Array[], input: Partial<ContentInput>) {
  const { stage } = await database.beginStage(zone)
  const { rrs: sorted, ...rest } = content(rrs, input)
  const pages = [...buildPages(sorted)]
  for (let i = 0; i < pages.length; i += 10) await database.writeStage(stage, pages.slice(i, i + 10))
  return database.commitStage({ ...rest, stage, hasDelta: false })
}

async function replaceWithDelta(database: ZoneDatabase, before: Uint8Array[], after: Uint8Array[], newSOA: Uint8Array) {
  const { stage } = await database.beginStage(zone)
  await database.writeStage(stage, [...buildPages(after)])
  await database.writeStageDelta(stage, diffSorted(before, after))
  const { rrs: _, ...input } = content(after, { soa: newSOA })
  return database.commitStage({ ...input, stage, hasDelta: true })
}

async function pagesOf(database: ZoneDatabase): Promise<PageRef[]> {
  const pages: PageRef[] = []
  for (let key = firstKey(0); ;) {
    const range = await database.readRange({ zone, fromKey: key, maxOctets: 1 << 20 })
    pages.push(...range.pages)
    if (range.last) return pages
    key = range.nextKey!
  }
}

function rrsOfPages(pages: readonly PageRef[]): string {
  return Buffer.concat(pages.flatMap(({ content: page }) => rrsOf(page))).toString('hex')
}
