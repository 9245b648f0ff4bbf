/** Laws of backups: what is restored is what was there at one moment, in another lineage. */
import { parseName } from '@zonecast/dns'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { buildPages } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectBackup, restoreBackup } from '../backup/restore-backup.ts'
import { leftOut, savedTables } from '../backup/tables.ts'
import { takeBackup } from '../backup/take-backup.ts'
import { openDatabase } from '../open-database.ts'
import type { Place } from '../schema-state.ts'
import type { ZoneDatabase } from '../zone-database.ts'
import { address, changeSet, checkWhole, content, context, newZone, put, rr, valuesOf, zone } from './fixture.ts'
import type { Law, UnderTest } from './laws.ts'
import { tablesOf } from './tables-of.ts'

const now = Date.now

/** Opens the database of a place, with a data folder of its own. */
async function opened<Result>(place: Place, use: (database: ZoneDatabase) => Promise<Result>): Promise<Result> {
  const folder = place.postgres ? mkdtempSync(join(tmpdir(), 'zonecast-restored-')) : place.folder
  const failed = (error: Error) => {
    throw error
  }
  const options = { folder, postgres: place.postgres, log: silentLogger(), metrics: createMetrics('test'), failed }
  const database = await openDatabase(options)
  try {
    return await use(database)
  } finally {
    await database.close()
    if (place.postgres) rmSync(folder, { recursive: true })
  }
}

/** Gives a folder for the files of a law. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-backup-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Zones of several kinds: changed, imported, with a stage that nobody ends, deleted. */
async function fill({ database }: UnderTest): Promise<void> {
  await database.createZone(newZone())
  const rrs = [rr('@', 'NS', 'ns1'), ...Array.from({ length: 3_000 }, (_, i) => rr(`host${i}`, 'A', '192.0.2.1'))]
  const { stage } = await database.beginStage(zone)
  await database.writeStage(stage, [])
  const { rrs: sorted, ...input } = content(rrs, { force: true, overwrite: true })
  await database.replaceContent({ ...input, pages: [...buildPages(sorted)], began: undefined })
  await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
  const gone = newZone({ apex: parseName('gone.example.') })
  await database.createZone(gone)
  await database.deleteZone({ ...context(), zone: 'gone.example.', expectedVersion: 0n })
}

const tsigKey = { algorithm: 'hmac-sha256', secretOctets: 32 }

export const backupLaws: Law[] = [
  [
    'a backup restores every zone, tombstone and version, in another lineage that is to be adopted',
    async (state) =>
      withFolder(async (folder) => {
        await fill(state)
        const file = join(folder, 'one')
        const taken = await takeBackup(state.place, file, now)
        const before = await state.database.headOf(zone)
        const history = await state.database.listVersions({ zone, limit: 10 })
        const place = await state.otherPlace()
        const restored = await restoreBackup({ place, file, force: false, now })
        assert.deepEqual({ ...restored, octets: 0 }, { ...taken, octets: 0 })
        assert.deepEqual([restored.zones, restored.tombstones], [1, 1])
        await opened(place, async (database) => {
          const { state: found } = await checkWhole(database)
          assert.deepEqual({ ...found, generation: 0n }, { ...before!.state, generation: 0n })
          assert.ok(found.generation > before!.state.generation)
          assert.notDeepEqual(database.logId, state.database.logId)
          const { versions } = await database.listVersions({ zone, limit: 10 })
          const plain = (record: (typeof versions)[number]) => ({ ...record, state: { ...record.state, generation: 0n } })
          assert.deepEqual(versions.map(plain), history.versions.map(plain))
          assert.equal((await database.headOf('gone.example.'))!.state.deleted, true)
          assert.equal((await database.lineage()).state, 'restored')
          await database.adopt({ ...context(), seen: [], dryRun: false })
          await database.applyChanges(changeSet([put('www', 'A', '192.0.2.8')]))
          await database.createZone(newZone({ apex: parseName('new.example.') }))
          assert.deepEqual(await valuesOf(database, 'www'), [address('192.0.2.8')])
          await checkWhole(database)
        })
      }),
  ],
  [
    'a backup has secrets as they are sealed, and says which keys they want',
    async (state) =>
      withFolder(async (folder) => {
        for (const [name, sealKey] of [
          ['a.', 'k2'],
          ['b.', 'k1'],
          ['c.', 'k2'],
        ] as const)
          await state.database.createTSIGKey({ ...context(), ...tsigKey, name, sealKey, sealed: new Uint8Array(60).fill(7) })
        const [file, place] = [join(folder, 'one'), await state.otherPlace()]
        const reports = [
          await takeBackup(state.place, file, now),
          inspectBackup(file),
          await restoreBackup({ place, file, force: false, now }),
        ]
        assert.deepEqual(
          reports.map(({ sealKeys }) => sealKeys),
          reports.map(() => ['k1', 'k2']),
        )
        await opened(place, async (database) => {
          assert.deepEqual(await database.sealedTSIGKey('a.'), await state.database.sealedTSIGKey('a.'))
        })
      }),
  ],
  [
    'a backup is of one moment, while changes go on',
    async (state) =>
      withFolder(async (folder) => {
        const { database } = state
        await database.createZone(newZone())
        await database.createZone(newZone({ apex: parseName('b.example.') }))
        const stop = new AbortController()
        const writing = (async () => {
          for (let i = 1; !stop.signal.aborted; i++) {
            const change = (name: string) => ({ ...changeSet([put(`w${i % 7}`, 'A', `192.0.2.${i % 250}`)]), zone: name })
            await database.applyChangeSets({ ...context(), sets: [change(zone)], dryRun: false, force: false })
          }
        })()
        const place = await state.otherPlace()
        const file = join(folder, 'one')
        const { manifest } = await takeBackup(state.place, file, now)
        stop.abort()
        await writing
        await restoreBackup({ place, file, force: false, now })
        await opened(place, async (restored) => {
          const { state: found } = await checkWhole(restored)
          const known = await database.versionAt({ zone, version: found.version })
          assert.deepEqual(found.digest, known!.state.digest)
          const head = await restored.headOf(zone)
          assert.equal(head!.position, BigInt(manifest.positions[head!.shard]!))
        })
      }),
  ],
  [
    'nothing is overwritten: neither a file, nor a database that is not empty, unless it is said',
    async (state) =>
      withFolder(async (folder) => {
        await state.database.createZone(newZone())
        const file = join(folder, 'one')
        await takeBackup(state.place, file, now)
        await assert.rejects(takeBackup(state.place, file, now), /is there already/)
        const place = await state.otherPlace()
        await restoreBackup({ place, file, force: false, now })
        await assert.rejects(restoreBackup({ place, file, force: false, now }), /not empty/)
        await restoreBackup({ place, file, force: true, now })
        await opened(place, (database) => checkWhole(database))
      }),
  ],
  [
    'a database that is at work is not restored into',
    async (state) =>
      withFolder(async (folder) => {
        await state.database.createZone(newZone())
        const file = join(folder, 'one')
        await takeBackup(state.place, file, now)
        await assert.rejects(restoreBackup({ place: state.place, file, force: true, now }), { exitCode: 69 })
        await checkWhole(state.database)
      }),
  ],
  [
    'a backup that was altered or cut is refused, and leaves nothing',
    async (state) =>
      withFolder(async (folder) => {
        await fill(state)
        const file = join(folder, 'one')
        await takeBackup(state.place, file, now)
        const whole = readFileSync(file)
        const place = await state.otherPlace()
        for (const [name, octets] of [
          ['cut', whole.subarray(0, -40)],
          ['longer', Buffer.concat([whole, Buffer.of(0)])],
          ['altered', Buffer.from(whole.map((octet, at) => (at === whole.length - 50 ? octet ^ 1 : octet)))],
          ['other', Buffer.from('not a backup at all')],
        ] as const) {
          const bad = join(folder, name)
          writeFileSync(bad, octets)
          await assert.rejects(restoreBackup({ place, file: bad, force: false, now }), /damaged|no backup/, name)
        }
        const missing = join(folder, 'none')
        await assert.rejects(
          restoreBackup({ place, file: missing, force: false, now }),
          /the backup .*none cannot be read: there is no such file$/,
        )
        const nowhere = join(missing, 'one')
        await assert.rejects(
          takeBackup(state.place, nowhere, now),
          /the backup .*one cannot be written: there is no folder .*none$/,
        )
        await opened(place, async (database) => {
          assert.equal(await database.headOf(zone), undefined)
          assert.equal((await database.lineage()).state, 'sound')
        })
      }),
  ],
  [
    'every table is in a backup, or left out on purpose',
    async (state) => {
      const known = new Set<string>([...savedTables.map(({ name }) => name), ...leftOut, 'migrations'])
      assert.deepEqual(
        (await tablesOf(state.place)).filter((name) => !known.has(name)),
        [],
      )
    },
  ],
  [
    'a backup of a database that is not there says so, and makes no file',
    async (state) =>
      withFolder(async (folder) => {
        const file = join(folder, 'one')
        await assert.rejects(takeBackup(await state.otherPlace(), file, now))
        assert.equal(existsSync(file), false)
      }),
  ],
]
