/** The first tables: zones, pages, change log, outbox, credentials and edges. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from './migration.ts'

export const zones: Migration = {
  name: '0001-zones',
  async up(db, { bytes, autoNumber, clustered }) {
    await db.schema
      .createTable('meta')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', bytes, (c) => c.notNull())
      .execute()
    await createZones(db, bytes, autoNumber)
    await createContents(db, bytes, autoNumber)
    await createVersions(db, bytes, clustered)
    await createChanges(db, bytes, autoNumber)
    await createOutbox(db, autoNumber, clustered)
    await createRegistry(db, bytes)
  },
}

type Bytes = Parameters<Migration['up']>[1]['bytes']
type Clustered = Parameters<Migration['up']>[1]['clustered']
type AutoNumber = Parameters<Migration['up']>[1]['autoNumber']

async function createZones(db: Kysely<any>, bytes: Bytes, autoNumber: AutoNumber): Promise<void> {
  await autoNumber(db.schema.createTable('zones'), 'number')
    .addColumn('zone_key', 'text', (c) => c.notNull().unique())
    .addColumn('apex', bytes, (c) => c.notNull())
    .addColumn('sort_key', bytes, (c) => c.notNull().unique())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('content', 'bigint', (c) => c.notNull())
    .addColumn('generation', 'bigint', (c) => c.notNull())
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addColumn('serial', 'bigint', (c) => c.notNull())
    .addColumn('digest', bytes, (c) => c.notNull())
    .addColumn('deleted', 'integer', (c) => c.notNull())
    .addColumn('soa', bytes, (c) => c.notNull())
    .addColumn('settings', bytes, (c) => c.notNull())
    .addColumn('settings_version', 'bigint', (c) => c.notNull())
    .addColumn('placement', 'text', (c) => c.notNull())
    .addColumn('rr_count', 'bigint', (c) => c.notNull())
    .addColumn('rrset_count', 'bigint', (c) => c.notNull())
    .addColumn('content_octets', 'bigint', (c) => c.notNull())
    .addColumn('shard', 'integer', (c) => c.notNull())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('changed_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('zones_by_position').on('zones').columns(['shard', 'position']).execute()
}

async function createContents(db: Kysely<any>, bytes: Bytes, autoNumber: AutoNumber): Promise<void> {
  await autoNumber(db.schema.createTable('contents'), 'number', { forEver: true })
    .addColumn('zone_key', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('began_generation', 'bigint')
    .addColumn('began_version', 'bigint')
    .execute()
  await db.schema
    .createIndex('contents_in_work')
    .on('contents')
    .column('state')
    .where(sql.ref('state'), 'in', sql`('stage', 'dropped')`)
    .execute()
  await db.schema
    .createTable('pages')
    .addColumn('content', 'bigint', (c) => c.notNull())
    .addColumn('key', bytes, (c) => c.notNull())
    .addColumn('page', bytes, (c) => c.notNull())
    .execute()
  await db.schema.createIndex('pages_by_key').unique().on('pages').columns(['content', 'key']).execute()
  await db.schema
    .createTable('delta_pieces')
    .addColumn('content', 'bigint', (c) => c.notNull())
    .addColumn('piece', 'bigint', (c) => c.notNull())
    .addColumn('removed', bytes, (c) => c.notNull())
    .addColumn('added', bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('delta_pieces_key', ['content', 'piece'])
    .execute()
}

async function createVersions(db: Kysely<any>, bytes: Bytes, clustered: Clustered): Promise<void> {
  await clustered(db.schema.createTable('versions'))
    .addColumn('zone', 'bigint', (c) => c.notNull())
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addColumn('generation', 'bigint', (c) => c.notNull())
    .addColumn('serial', 'bigint', (c) => c.notNull())
    .addColumn('digest', bytes, (c) => c.notNull())
    .addColumn('soa', bytes, (c) => c.notNull())
    .addColumn('settings', bytes, (c) => c.notNull())
    .addColumn('settings_version', 'bigint', (c) => c.notNull())
    .addColumn('placement', 'text', (c) => c.notNull())
    .addColumn('rr_count', 'bigint', (c) => c.notNull())
    .addColumn('rrset_count', 'bigint', (c) => c.notNull())
    .addColumn('content_octets', 'bigint', (c) => c.notNull())
    .addColumn('deleted', 'integer', (c) => c.notNull())
    .addColumn('step', 'text', (c) => c.notNull())
    .addColumn('removed', bytes)
    .addColumn('added', bytes)
    .addColumn('delta_content', 'bigint')
    .addColumn('replaced_content', 'bigint')
    .addColumn('change_id', 'text', (c) => c.notNull())
    .addColumn('committed_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('versions_key', ['zone', 'version'])
    .execute()
  await clustered(db.schema.createTable('change_names'))
    .addColumn('zone', 'bigint', (c) => c.notNull())
    .addColumn('owner', bytes, (c) => c.notNull())
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('change_names_key', ['zone', 'owner', 'version'])
    .execute()
}

async function createChanges(db: Kysely<any>, bytes: Bytes, autoNumber: AutoNumber): Promise<void> {
  await autoNumber(db.schema.createTable('changes'), 'number')
    .addColumn('change_id', 'text', (c) => c.notNull().unique())
    .addColumn('principal', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('outcome', bytes, (c) => c.notNull())
    .addColumn('committed_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('request_ids')
    .addColumn('principal', 'text', (c) => c.notNull())
    .addColumn('method', 'text', (c) => c.notNull())
    .addColumn('request_id', 'text', (c) => c.notNull())
    .addColumn('body_hash', bytes, (c) => c.notNull())
    .addColumn('outcome', bytes, (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('request_ids_key', ['principal', 'method', 'request_id'])
    .execute()
  await db.schema.createIndex('request_ids_by_expiry').on('request_ids').column('expires_at').execute()
}

async function createOutbox(db: Kysely<any>, autoNumber: AutoNumber, clustered: Clustered): Promise<void> {
  await clustered(db.schema.createTable('outbox'))
    .addColumn('shard', 'integer', (c) => c.notNull())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .addColumn('zone', 'bigint', (c) => c.notNull())
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('outbox_key', ['shard', 'position'])
    .execute()
  await db.schema
    .createTable('shard_counters')
    .addColumn('shard', 'integer', (c) => c.primaryKey())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .execute()
  await autoNumber(db.schema.createTable('audit'), 'number')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('principal', 'text', (c) => c.notNull())
    .addColumn('method', 'text', (c) => c.notNull())
    .addColumn('zone_key', 'text', (c) => c.notNull())
    .addColumn('change_id', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('rrs_before', 'bigint', (c) => c.notNull())
    .addColumn('rrs_after', 'bigint', (c) => c.notNull())
    .execute()
}

async function createRegistry(db: Kysely<any>, bytes: Bytes): Promise<void> {
  await db.schema
    .createTable('credentials')
    .addColumn('sha256', bytes, (c) => c.primaryKey())
    .addColumn('principal', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('edge_id', 'text', (c) => c.notNull())
    .addColumn('placements', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('edges')
    .addColumn('edge_id', 'text', (c) => c.primaryKey())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('placements', 'text', (c) => c.notNull())
    .addColumn('after_change', 'bigint', (c) => c.notNull())
    .addColumn('until_change', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()
}
