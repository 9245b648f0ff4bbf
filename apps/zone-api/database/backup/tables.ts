/** The tables that a backup holds, in their order, and how each is read in slices. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../schema.ts'
import type { Row, Value } from './packed-rows.ts'

interface SavedTable {
  readonly name: keyof Tables
  /** Columns by which it is read on: a key of the table. */
  readonly key: readonly string[]
  /** Rows that are read at once, so that they take about a mebibyte. */
  readonly atOnce: number
  /** What of it is saved; absent means all. */
  readonly where?: string
}

const many = 500
const stages = "select number from contents where state = 'stage'"

export const savedTables: readonly SavedTable[] = [
  { name: 'zones', key: ['number'], atOnce: many },
  { name: 'contents', key: ['number'], atOnce: many, where: "state <> 'stage'" },
  {
    name: 'pages',
    key: ['content', 'key'],
    atOnce: 64,
    where: "content in (select number from contents where state in ('live', 'replaced'))",
  },
  { name: 'versions', key: ['zone', 'version'], atOnce: 64 },
  { name: 'delta_pieces', key: ['content', 'piece'], atOnce: 2, where: `content not in (${stages})` },
  { name: 'change_names', key: ['zone', 'owner', 'version'], atOnce: many },
  { name: 'changes', key: ['number'], atOnce: many },
  { name: 'request_ids', key: ['principal', 'method', 'request_id'], atOnce: many },
  { name: 'audit', key: ['number'], atOnce: many },
  { name: 'denials', key: ['number'], atOnce: many },
  { name: 'shard_counters', key: ['shard'], atOnce: many },
  { name: 'credentials', key: ['sha256'], atOnce: many },
  { name: 'edges', key: ['edge_id'], atOnce: many },
  { name: 'templates', key: ['name'], atOnce: many },
  { name: 'notes', key: ['zone', 'place'], atOnce: many },
  { name: 'note_tags', key: ['tag', 'zone', 'place'], atOnce: many },
  { name: 'change_details', key: ['number'], atOnce: many },
  { name: 'serial_floors', key: ['zone_key'], atOnce: many },
  { name: 'principals', key: ['name'], atOnce: many },
  { name: 'grants', key: ['id'], atOnce: many },
  { name: 'principal_credentials', key: ['id'], atOnce: many },
  { name: 'zone_owners', key: ['zone_key', 'principal'], atOnce: many },
  { name: 'quotas', key: ['principal'], atOnce: many },
  { name: 'zone_makers', key: ['zone_key'], atOnce: many },
  { name: 'secrets', key: ['kind', 'sort_key'], atOnce: many },
  { name: 'tsig_keys', key: ['sort_key'], atOnce: many },
]

/**
 * Made anew: the log id is of the new lineage, what was put into a log apart belongs to the old one, leases to who holds them, what was
 * used of rates to minutes that have passed, and the counter of `access_state` to those who remember what it stood for.
 */
export const leftOut: readonly (keyof Tables)[] = ['meta', 'relay_positions', 'leases', 'access_state', 'quota_uses']

/** Tables whose rows are numbered by the database. */
export const numbered = ['zones', 'contents', 'changes', 'audit', 'denials', 'change_details'] as const

/** The rows of a table in slices, in the order of its key. */
export async function* slicesOf(db: Kysely<Tables>, table: SavedTable): AsyncGenerator<readonly Row[], void, undefined> {
  const { name, key, atOnce, where } = table
  const columns = sql.join(key.map((column) => sql.ref(column)))
  const only = where === undefined ? sql`true` : sql.raw(where)
  let after: readonly Value[] | undefined
  for (;;) {
    const beyond = after === undefined ? sql`true` : sql`(${columns}) > (${sql.join([...after])})`
    const { rows } = await sql<Row>`
      select * from ${sql.table(name)} where ${only} and ${beyond} order by ${columns} limit ${sql.lit(atOnce)}`.execute(db)
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < atOnce) return
    after = key.map((column) => last[column]!)
  }
}
