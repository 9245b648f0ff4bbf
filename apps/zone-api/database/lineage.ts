/** The lineage of the database: which log its positions belong to, and whether edges may be ahead of it. */
import { sql } from 'kysely'
import { randomBytes } from 'node:crypto'
import type { Db } from './statement.ts'

/**
 *     sound ──rolled back behind our back, and somebody ahead has shown it──▶ regressed ──adopted──▶ sound
 *       restored from a backup ──▶ restored ──adopted──▶ sound
 */
export interface Lineage {
  /** `restored`: from a backup, and what edges have seen is not known yet. `regressed`: edges or publishers are ahead. */
  readonly state: 'sound' | 'restored' | 'regressed'
  /** Unix milliseconds since when it is so; 0 while it is sound. */
  readonly sinceMs: number
  /** What has shown it, or where it came from. */
  readonly detail: string
}

export const soundLineage: Lineage = { state: 'sound', sinceMs: 0, detail: '' }

const name = 'lineage'

export async function lineageOf(db: Db): Promise<Lineage> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst()
  return row ? (JSON.parse(Buffer.from(row.value).toString()) as Lineage) : soundLineage
}

/** Durable, so that a restart does not forget it. */
export async function markLineage(db: Db, lineage: Lineage): Promise<void> {
  await db.deleteFrom('meta').where('name', '=', name).execute()
  if (lineage.state === 'sound') return
  const value = new Uint8Array(Buffer.from(JSON.stringify(lineage)))
  await db.insertInto('meta').values({ name, value }).execute()
}

export async function logIdNow(db: Db): Promise<Uint8Array> {
  const { value } = await db.selectFrom('meta').select('value').where('name', '=', 'log id').executeTakeFirstOrThrow()
  return value
}

/**
 * Begins another lineage: a new log id, and a new generation of every live zone. A tombstone keeps its own, since it must not take
 * away what was created after it and is not known here.
 */
export async function moveLineage(db: Db, now: number): Promise<void> {
  const least = sql<number>`generation + 1`
  await db
    .updateTable('zones')
    .set({ generation: sql<number>`case when ${least} > ${sql.lit(now)} then ${least} else ${sql.lit(now)} end` })
    .where('deleted', '=', 0)
    .execute()
  // The newest version of a zone is its head, and its row says so.
  await sql`
    update versions set generation = zones.generation from zones
    where versions.zone = zones.number and versions.version = zones.version and zones.deleted = 0`.execute(db)
  const value = new Uint8Array(randomBytes(16))
  await db.deleteFrom('meta').where('name', '=', 'log id').execute()
  await db.insertInto('meta').values({ name: 'log id', value }).execute()
  // What logs apart have, they have of the old lineage.
  await db.deleteFrom('relay_positions').execute()
}
