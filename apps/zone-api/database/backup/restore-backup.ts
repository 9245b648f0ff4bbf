/** Restoring a backup into a database that is empty, in one transaction, as the beginning of another lineage. */
import { type Kysely, sql } from 'kysely'
import { soundLineage, markLineage, moveLineage } from '../lineage.ts'
import { type EngineTypes, migrateWithin, migrations } from '../migrations/index.ts'
import type { Tables } from '../schema.ts'
import type { Place } from '../schema-state.ts'
import { BackupDamaged, BackupReader, BackupRefused, type Counts } from './backup-file.ts'
import { checkZones } from './check-zones.ts'
import type { Row } from './packed-rows.ts'
import { SealKeyIds } from './seal-key-ids.ts'
import { leftOut, savedTables } from './tables.ts'
import type { BackupReport } from './take-backup.ts'

/** An open transaction of a database, which is committed where `fill` does not throw. */
export interface Target {
  readonly db: Kysely<Tables>
  readonly types: EngineTypes
  /** Lets numbers go on behind those of the rows. */
  renumber(): Promise<void>
}

export interface RestoreOptions {
  readonly place: Place
  readonly file: string
  /** Replace what the database holds. */
  readonly force: boolean
  readonly now: () => number
}

export async function restoreBackup({ place, file, force, now }: RestoreOptions): Promise<BackupReport> {
  const reader = new BackupReader(file)
  try {
    const fill = (target: Target) => load(target, reader, { file, force, now: now() })
    if (place.postgres) {
      const { intoPostgres } = await import('../postgres/restore.ts')
      return await intoPostgres(place.postgres, fill)
    }
    const { intoSqlite } = await import('../sqlite/restore.ts')
    return await intoSqlite(place.folder, fill)
  } finally {
    reader.close()
  }
}

/** Reads a backup to its end and says what it holds; nothing is written. */
export function inspectBackup(file: string): BackupReport {
  const reader = new BackupReader(file)
  try {
    let counts: Counts | undefined
    const sealKeys = new SealKeyIds()
    for (const part of reader.parts()) {
      if (part.kind === 'end') counts = part.counts
      else sealKeys.note(part.table, part.rows)
    }
    return { file, octets: reader.octets, manifest: reader.manifest, sealKeys: sealKeys.sorted, ...counts! }
  } finally {
    reader.close()
  }
}

interface Load {
  readonly file: string
  readonly force: boolean
  readonly now: number
}

async function load({ db, types, renumber }: Target, reader: BackupReader, { file, force, now }: Load): Promise<BackupReport> {
  const { manifest } = reader
  const known = new Set(migrations.map(({ name }) => name))
  const [unknown] = manifest.migrations.filter((name) => !known.has(name))
  if (unknown !== undefined)
    throw new BackupRefused(`the backup is of a newer zone API (it has ${unknown}); restore it with that one`)
  if (!force) await refuseUsed(db)
  // First the schema that the rows are of, then what has been added to it since.
  await dropAll(db)
  const before = migrations.filter(({ name }) => manifest.migrations.includes(name))
  await migrateWithin(db, before, types)
  const sealKeys = new SealKeyIds()
  const counts = await loadRows(db, reader, sealKeys)
  await renumber()
  await migrateWithin(
    db,
    migrations.filter((migration) => !before.includes(migration)),
    types,
  )
  const found = await checkZones(db)
  if (found.zones !== counts.zones || found.records !== counts.records || found.tombstones !== counts.tombstones)
    throw new BackupDamaged(`the backup ${file} holds ${found.zones} zones and says ${counts.zones}`)
  await moveLineage(db, now)
  const detail = `restored from the backup of ${manifest.takenAt}`
  await markLineage(db, { ...soundLineage, state: 'restored', sinceMs: now, detail })
  return { file, octets: reader.octets, manifest, sealKeys: sealKeys.sorted, ...counts }
}

async function loadRows(db: Kysely<Tables>, reader: BackupReader, sealKeys: SealKeyIds): Promise<Counts> {
  for (const part of reader.parts()) {
    if (part.kind === 'end') return part.counts
    if (!savedTables.some(({ name }) => name === part.table))
      throw new BackupRefused(`the backup has a table ${part.table} that this zone API does not know`)
    sealKeys.note(part.table, part.rows)
    for (const rows of chunks(part.rows)) await insertRows(db, part.table, rows)
  }
  throw new Error('a backup ended without its end')
}

/** Rows of one statement, so that its values and its text stay within what engines take. */
const rowsAtOnce = 25

function* chunks(rows: readonly Row[]): Generator<readonly Row[], void, undefined> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) yield rows.slice(at, at + rowsAtOnce)
}

async function insertRows(db: Kysely<Tables>, table: string, rows: readonly Row[]): Promise<void> {
  await (db as unknown as Kysely<Record<string, Row>>)
    .insertInto(table)
    .values([...rows])
    .execute()
}

/** A database that holds zones, or ever held one, is somebody's. */
async function refuseUsed(db: Kysely<Tables>): Promise<void> {
  const tables = await db.introspection.getTables()
  if (!tables.some(({ name }) => name === 'zones')) return
  const [row] = await db.selectFrom('zones').select('zone_key').limit(1).execute()
  if (row) throw new BackupRefused(`the database is not empty (it has ${row.zone_key}); --force replaces all that it holds`)
}

async function dropAll(db: Kysely<Tables>): Promise<void> {
  for (const table of [...savedTables.map(({ name }) => name), ...leftOut, 'outbox', 'migrations'])
    await db.schema.dropTable(table).ifExists().execute()
}

/** Where the next number of a table that numbers its rows is to begin. */
export async function highestNumber(db: Kysely<Tables>, table: string): Promise<number> {
  const { rows } = await sql<{ number: number | null }>`select max(number) as number from ${sql.table(table)}`.execute(db)
  return rows[0]?.number ?? 0
}
