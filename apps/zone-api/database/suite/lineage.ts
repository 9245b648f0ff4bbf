/** Laws of the lineage: what edges have seen is never used again. */
import { parseName } from '@zonecast/dns'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { compareStates, type ZoneState } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { heldBack } from '../../lineage/held-back.ts'
import { Lineage } from '../../lineage/lineage.ts'
import type { SeenZone } from '../lineage-port.ts'
import type { ZoneDatabase } from '../zone-database.ts'
import { changeSet, checkWhole, context, newZone, put, refused, soa, zone } from './fixture.ts'
import type { Law } from './laws.ts'

const deletion = { ...context(), zone, expectedVersion: 0n }

function seen(state: ZoneState, more: Partial<SeenZone> = {}): SeenZone {
  const { generation, version, serial, deleted, digest } = state
  return { zone, generation, version, serial, live: !deleted, digest, ...more }
}

const adopt = (database: ZoneDatabase, ...zones: SeenZone[]) => database.adopt({ ...context(), seen: zones, dryRun: false })

const otherDigest = new Uint8Array(32).fill(7)

export const lineageLaws: Law[] = [
  [
    'that somebody is ahead is kept over a restart, as it was noted first, until it is adopted',
    async (state) => {
      assert.equal((await state.database.lineage()).state, 'sound')
      await state.database.noteRegressed('edge-1 stands at 9')
      await state.database.noteRegressed('edge-2 stands at 8')
      await state.reopen()
      const { state: found, detail, sinceMs } = await state.database.lineage()
      assert.deepEqual([found, detail, sinceMs > 0], ['regressed', 'edge-1 stands at 9', true])
      assert.equal((await adopt(state.database)).before.state, 'regressed')
      assert.equal((await state.database.lineage()).state, 'sound')
    },
  ],
  [
    'while somebody is ahead services write nothing, templates neither, and after the adoption they do again',
    async (state) => {
      const template = { ...context(), name: 'web', definition: '{}' }
      const held = async () => {
        const { database } = state
        const lineage = await Lineage.open({ database, log: silentLogger(), metrics: createMetrics('test'), now: Date.now })
        return heldBack(database, lineage)
      }
      const sound = await held()
      await sound.createTemplate(template)
      await state.database.noteRegressed('edge-1 stands at 9')
      const behind = await held()
      for (const write of [
        () => behind.createZone(newZone()),
        () => behind.createTemplate({ ...template, name: 'mail' }),
        () => behind.updateTemplate({ ...template, definition: '{"description":"x"}', expectedVersion: 0n }),
        () => behind.deleteTemplate({ ...context(), name: 'web', expectedVersion: 0n }),
      ])
        await refused(write(), 'LINEAGE_REGRESSED')
      assert.deepEqual(
        (await behind.listTemplates()).map(({ name, version }) => [name, version]),
        [['web', 1n]],
      )
      await adopt(state.database)
      await state.reopen()
      await (await held()).deleteTemplate({ ...context(), name: 'web', expectedVersion: 0n })
      assert.deepEqual(await state.database.listTemplates(), [])
    },
  ],
  [
    'an adoption moves the log id and the generation of every live zone, and no serial without need',
    async (state) => {
      const { effect } = await state.database.createZone(newZone())
      const { logId } = state.database
      const outcome = await adopt(state.database, seen(effect.state))
      await state.reopen()
      assert.deepEqual([outcome.raised, outcome.orphans], [[], []])
      assert.deepEqual(state.database.logId, outcome.logId)
      assert.notDeepEqual(state.database.logId, logId)
      const { state: now } = await checkWhole(state.database)
      assert.ok(now.generation > effect.state.generation)
      assert.deepEqual([now.version, now.serial], [effect.state.version, effect.state.serial])
      const delta = await state.database.deltaFrom({ zone, base: effect.state })
      assert.ok(delta.kind === 'delta' && delta.base && delta.delta.added.length + delta.delta.removed.length === 0)
      const { versions } = await state.database.listVersions({ zone, limit: 10 })
      assert.deepEqual(
        versions.map(({ added }) => added),
        [2],
      )
    },
  ],
  [
    'an adoption has a line of its own in the audit log, with its reason, also where it raises no zone; a dry run has none',
    async (state) => {
      await state.database.noteRegressed('edge-1 stands at 9')
      await state.database.adopt({ ...context(), reason: 'looked', seen: [], dryRun: true })
      const { logId } = await state.database.adopt({ ...context(), reason: 'a disk was swapped', seen: [], dryRun: false })
      await state.reopen()
      const { events } = await state.database.listEvents({ method: 'AdoptLineage', limit: 10 })
      assert.deepEqual(
        events.map((event) => event.kind === 'change' && [event.principal, event.reason, event.zone]),
        [['alice', 'a disk was swapped', '']],
      )
      const [detail] = events[0]?.kind === 'change' ? events[0].details : []
      assert.equal(detail?.subject, 'lineage')
      assert.deepEqual(JSON.parse(detail.before), { state: 'regressed', detail: 'edge-1 stands at 9' })
      const after = { state: 'sound', logId: Buffer.from(logId).toString('hex'), raised: 0, orphans: 0 }
      assert.deepEqual(JSON.parse(detail.after), after)
    },
  ],
  [
    'a zone that edges have later comes after them, by generation and serial',
    async (state) => {
      const { effect } = await state.database.createZone(newZone())
      const generation = BigInt(Date.now()) + 1_000_000n
      const ahead = seen(effect.state, { generation, version: 9n, serial: 0xffff_ffff, digest: otherDigest })
      const outcome = await adopt(state.database, ahead)
      await state.reopen()
      assert.deepEqual(outcome.raised, [zone])
      const { state: now } = await checkWhole(state.database)
      assert.equal(compareStates(now, ahead), 1)
      assert.equal(now.serial, 1, 'edges stand at 2³² - 1, which is before 1 (RFC 1982)')
    },
  ],
  [
    'a serial that edges have with another content is not used again',
    async (state) => {
      const { effect } = await state.database.createZone(newZone())
      const { serial } = effect.state
      await adopt(state.database, seen(effect.state, { serial, digest: otherDigest }))
      await state.reopen()
      assert.equal((await checkWhole(state.database)).state.serial, serial + 1)
      const { effect: next } = await state.database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      assert.equal(next.state.serial, serial + 2)
      await checkWhole(state.database)
    },
  ],
  [
    'a zone that only edges have is an orphan; made anew it comes after what they have',
    async (state) => {
      const name = 'later.example.'
      const generation = BigInt(Date.now()) + 1_000_000n
      const orphan = { zone: name, generation, version: 4n, serial: 41, live: true, digest: otherDigest }
      assert.deepEqual((await adopt(state.database, orphan)).orphans, [name])
      await state.reopen()
      assert.equal(await state.database.getZone(name), undefined)
      const apex = parseName(name)
      const { effect } = await state.database.createZone(newZone({ apex, soa: soa(1, apex) }))
      assert.deepEqual([effect.state.generation, effect.state.serial], [generation + 1n, 42])
    },
  ],
  [
    'a tombstone keeps its generation: what was made after it stays, as an orphan',
    async (state) => {
      await state.database.createZone(newZone())
      const { effect } = await state.database.deleteZone(deletion)
      const { generation } = effect.state
      const again = seen(effect.state, { generation: generation + 5n, version: 3n, live: true, serial: 7 })
      assert.deepEqual((await adopt(state.database, again)).orphans, [zone])
      await state.reopen()
      assert.equal((await state.database.headOf(zone))!.state.generation, generation)
      const { effect: made } = await state.database.createZone(newZone())
      assert.ok(made.state.generation > generation + 5n)
      assert.equal(made.state.serial, 8)
    },
  ],
  [
    'a zone that edges have seen deleted and that is there again is after that',
    async (state) => {
      const { effect } = await state.database.createZone(newZone())
      const gone = seen(effect.state, { version: 9n, serial: 5, live: false, digest: undefined })
      assert.deepEqual((await adopt(state.database, gone)).orphans, [])
      await state.reopen()
      assert.equal((await checkWhole(state.database)).state.serial, 6)
    },
  ],
  [
    'a dry run says the same and changes nothing',
    async ({ database }) => {
      const { effect } = await database.createZone(newZone())
      const ahead = seen(effect.state, { serial: 9, digest: otherDigest })
      const orphan = { ...ahead, zone: 'later.example.' }
      const { raised, orphans } = await database.adopt({ ...context(), seen: [ahead, orphan], dryRun: true })
      assert.deepEqual([raised, orphans], [[zone], ['later.example.']])
      assert.deepEqual((await database.headOf(zone))!.state, effect.state)
    },
  ],
]
