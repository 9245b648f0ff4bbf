/** Taking a backup: one state of the database, read in slices while changes go on. */
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import { migrationsOf, migrations } from '../migrations/index.ts'
import type { Tables } from '../schema.ts'
import type { Place } from '../schema-state.ts'
import { SqliteConnection, sqliteDialect } from '../sqlite/dialect.ts'
import { BackupRefused, BackupDamaged, BackupWriter, type Counts, formatVersion, type Manifest } from './backup-file.ts'
import { checkZones } from './check-zones.ts'
import { SealKeyIds } from './seal-key-ids.ts'
import { savedTables, slicesOf } from './tables.ts'

/** A backup that was written or read. */
export interface BackupReport extends Counts {
  readonly file: string
  readonly octets: number
  readonly manifest: Manifest
  /** Ids of the keys that its secrets are sealed under. */
  readonly sealKeys: readonly string[]
}

/** Zone APIs may run meanwhile and are not held up: the reader has a snapshot of its own. */
export async function takeBackup(place: Place, file: string, now: () => number): Promise<BackupReport> {
  if (existsSync(file)) throw new BackupRefused(`${file} is there already; name another file`)
  if (place.postgres) {
    const { withSnapshot } = await import('../postgres/snapshot.ts')
    return withSnapshot(place.postgres, (db) => write(db, 'PostgreSQL', file, now))
  }
  const path = join(place.folder, 'zone-api.db')
  if (!existsSync(path)) throw new BackupRefused(`there is no database in ${place.folder}`)
  const database = new DatabaseSync(path, { readOnly: true })
  const connection = new SqliteConnection(database)
  try {
    // In WAL mode a reader keeps the state that it began on, and no writer waits for it.
    database.exec('BEGIN')
    checkFile(database)
    return await write(new Kysely<Tables>({ dialect: sqliteDialect(connection) }), 'SQLite', file, now)
  } finally {
    connection.close()
  }
}

function checkFile(database: DatabaseSync): void {
  const [found] = database.prepare('PRAGMA quick_check(1)').all()
  const says = String(Object.values(found ?? {})[0])
  if (says !== 'ok') throw new BackupDamaged(`the database is damaged: ${says}`)
}

async function write(db: Kysely<Tables>, engine: string, file: string, now: () => number): Promise<BackupReport> {
  const manifest = await manifestOf(db, engine, now)
  const checked = await checkZones(db)
  const writer = new BackupWriter(file)
  try {
    writer.manifest(manifest)
    const rows: Record<string, number> = {}
    const sealKeys = new SealKeyIds()
    for (const table of savedTables) {
      let count = 0
      for await (const slice of slicesOf(db, table)) {
        if (count === 0) writer.table(table.name, Object.keys(slice[0]!))
        writer.rows(slice)
        sealKeys.note(table.name, slice)
        count += slice.length
      }
      rows[table.name] = count
    }
    writer.finish({ rows, ...checked })
    return { file, octets: writer.octets, manifest, sealKeys: sealKeys.sorted, rows, ...checked }
  } catch (error) {
    writer.abandon()
    throw error
  }
}

async function manifestOf(db: Kysely<Tables>, engine: string, now: () => number): Promise<Manifest> {
  const applied = await migrationsOf(db)
  const missing = migrations.filter(({ name }) => !applied.has(name))
  const unknown = [...applied].filter((name) => !migrations.some((known) => known.name === name))
  if (missing.length > 0)
    throw new BackupRefused(`the database lacks ${missing[0]!.name}; bring it up to date first: zonectl db migrate`)
  if (unknown.length > 0)
    throw new BackupRefused(`the database was written by a newer zone API (it has ${unknown[0]}); use that one`)
  const { value } = await db.selectFrom('meta').select('value').where('name', '=', 'log id').executeTakeFirstOrThrow()
  const counters = await db.selectFrom('shard_counters').selectAll().orderBy('shard').execute()
  return {
    format: formatVersion,
    engine,
    logId: Buffer.from(value).toString('hex'),
    takenAt: new Date(now()).toISOString(),
    migrations: migrations.map(({ name }) => name),
    positions: Object.fromEntries(counters.map(({ shard, position }) => [shard, position])),
  }
}
