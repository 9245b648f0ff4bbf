/** The database engine: what runs in the database's thread, behind messages. */
import { Kysely, type RawBuilder, sql } from 'kysely'
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { accessOperations } from './access/access-operations.ts'
import { ZoneOwners } from './access/zone-owners.ts'
import { adoptLineage } from './adopt-lineage.ts'
import { applyChanges } from './apply-changes.ts'
import { AuditTables } from './audit-log.ts'
import type { AuditLog } from './audit-port.ts'
import { applyChangeSets } from './apply-change-sets.ts'
import { ChangeDetails } from './change-details.ts'
import { Contents } from './contents.ts'
import type { EngineParts } from './engine-parts.ts'
import type { HistoryReads, HistoryWrites } from './history-port.ts'
import { LeaseTable } from './leases.ts'
import { Maintenance } from './maintenance.ts'
import { lineageOf, markLineage } from './lineage.ts'
import { Notes } from './notes.ts'
import { migrate, migrations, sqliteTypes } from './migrations/index.ts'
import { HistoryPurge } from './purge-history.ts'
import { DeltaReader } from './read-deltas.ts'
import { HistoryReader } from './read-history.ts'
import { PageReads } from './read-pages.ts'
import { ZoneReadings } from './read-zones.ts'
import { RegistryTables } from './registry.ts'
import { restoreDelta } from './restore-delta.ts'
import type { QuotaLimits } from './quotas/quota-port.ts'
import { Quotas } from './quotas/quotas.ts'
import type { Retention } from './retention.ts'
import { RelayPositions } from './relay-positions.ts'
import type { Tables } from './schema.ts'
import { RRsetSearches } from './search/rrset-search.ts'
import type { SearchReads } from './search/search-port.ts'
import { TagSearches } from './search/tag-search.ts'
import { ZoneSearches } from './search/zone-search.ts'
import { secretOperations } from './secrets/secret-operations.ts'
import { SerialFloors } from './serial-floors.ts'
import { SetDigests } from './set-digests.ts'
import { SqliteConnection, sqliteDialect } from './sqlite/dialect.ts'
import { useConnection } from './statement.ts'
import type { TemplateStore } from './template-port.ts'
import { Templates } from './templates.ts'
import { Transaction } from './transaction.ts'
import { VersionWriter } from './version-writer.ts'
import { type CacheLimits, ZoneCache } from './zone-cache.ts'
import type { ZoneDatabase } from './zone-database.ts'
import { beginStage, commitStage, createZone, deleteZone, replaceContent, updateZone } from './zone-operations.ts'
import { ZonePlaces } from './zone-places.ts'

/** The operations that need a transaction; all others read. */
export const writes = [
  'createZone',
  'updateZone',
  'deleteZone',
  'applyChanges',
  'applyChangeSets',
  'replaceContent',
  'beginStage',
  'writeStage',
  'writeStageDelta',
  'commitStage',
  'abortStage',
  'restoreDelta',
  'purgeHistory',
  'noteDenials',
  'createTemplate',
  'updateTemplate',
  'deleteTemplate',
  'createTSIGKey',
  'deleteTSIGKey',
  'revealTSIGKey',
  'resealSecrets',
  'noteEdge',
  'setEdgeState',
  'bootstrapCredentials',
  'createPrincipal',
  'updatePrincipal',
  'deletePrincipal',
  'addGrant',
  'removeGrant',
  'addCredential',
  'rotateCredential',
  'revokeCredential',
  'setZoneOwners',
  'setQuotas',
  'noteCredentialUses',
  'noteRelayed',
  'noteRegressed',
  'adopt',
  'holdLease',
  'dropLease',
  'maintain',
] as const satisfies (keyof ZoneDatabase)[]

export type Operations = Omit<ZoneDatabase, 'logId' | 'onCommit' | 'onServing' | 'onRegressed' | 'close'>

export interface Engine {
  readonly db: Kysely<Tables>
  readonly parts: EngineParts
  readonly logId: Uint8Array
  readonly operations: Operations
}

export interface EngineOptions {
  readonly database: DatabaseSync
  readonly now: () => number
  readonly cacheLimits?: CacheLimits
  readonly retention?: Retention
  readonly quotas?: QuotaLimits
}

/** Brings the schema up to date and sweeps what an earlier run left behind. */
export async function openEngine({ database, now, cacheLimits, retention, quotas }: EngineOptions): Promise<Engine> {
  const connection = new SqliteConnection(database)
  const db = new Kysely<Tables>({ dialect: sqliteDialect(connection) })
  useConnection(db, connection)
  await migrate(db, migrations, sqliteTypes)
  const logId = await logIdOf(db)
  const contents = new Contents(db)
  await contents.sweepStages()
  return assembleEngine({ db, logId, contents, cache: new ZoneCache(db, cacheLimits), now, retention, defaults: quotas })
}

export interface EngineOver extends Pick<EngineParts, 'db' | 'contents' | 'cache' | 'now'> {
  readonly logId: Uint8Array
  readonly retention?: Retention | undefined
  /** Quotas of those that have none of their own. */
  readonly defaults?: QuotaLimits | undefined
  /** The clock of all that share the database; our own where it is absent. */
  readonly sharedNow?: RawBuilder<number>
}

/** The operations over a database that is open and up to date. */
export function assembleEngine({ logId, retention, sharedNow, defaults = {}, ...over }: EngineOver): Engine {
  const { db, cache, now } = over
  const setDigests = new SetDigests(db)
  const transaction = new Transaction(db, cache, setDigests, now)
  const versions = new VersionWriter(db, transaction, now)
  const leases = new LeaseTable(db, () => sharedNow ?? sql<number>`${now()}`)
  const details = new ChangeDetails(db)
  const notes = new Notes(db, cache, details, now)
  const floors = new SerialFloors(db)
  const owners = new ZoneOwners(db)
  const places = new ZonePlaces({ db, cache, transaction })
  const quotas = new Quotas({ db, now, defaults, details })
  const parts: EngineParts = { ...over, transaction, versions, setDigests, details, notes, floors, owners, places, quotas }
  return { db, parts, logId, operations: operationsOf(parts, new Maintenance(parts, retention), leases) }
}

export async function logIdOf(db: Kysely<Tables>): Promise<Uint8Array> {
  const fresh = { name: 'log id', value: new Uint8Array(randomBytes(16)) }
  await db
    .insertInto('meta')
    .values(fresh)
    .onConflict((c) => c.doNothing())
    .execute()
  const { value } = await db.selectFrom('meta').select('value').where('name', '=', fresh.name).executeTakeFirstOrThrow()
  return value
}

function operationsOf(parts: EngineParts, maintenance: Maintenance, leases: LeaseTable): Operations {
  const { db, cache, contents, setDigests, now } = parts
  const zones = new ZoneReadings(db, cache, setDigests)
  const pages = new PageReads(db, cache, parts.notes)
  const tagged = new TagSearches(parts)
  const deltas = new DeltaReader(db, cache)
  const registry = new RegistryTables(db, cache, now, new AuditTables(db, cache, now))
  const relayed = new RelayPositions(db)
  return {
    ...historyOperations(parts),
    ...templateOperations(parts),
    ...accessOperations(parts, registry),
    ...secretOperations(parts),
    quotasOf: (principal) => parts.quotas.quotasOf(principal),
    setQuotas: (input) => parts.quotas.setQuotas(input),
    getZone: (zone) => zones.getZone(zone),
    listZones: (page) => zones.listZones(page),
    zonesAround: (query) => zones.zonesAround(query),
    listRRsets: (query) => (query.tag ? tagged.listRRsets(query, query.tag) : pages.listRRsets(query)),
    headOf: (zone) => zones.headOf(zone),
    heads: (query) => zones.heads(query),
    newestPositions: () => zones.newestPositions(),
    deltaFrom: (query) => deltas.deltaFrom(query),
    readRange: (query) => pages.readRange(query),
    createZone: (input) => createZone(parts, input),
    updateZone: (input) => updateZone(parts, input),
    deleteZone: (input) => deleteZone(parts, input),
    applyChanges: (input) => applyChanges(parts, input),
    applyChangeSets: (input) => applyChangeSets(parts, input),
    replaceContent: (input) => replaceContent(parts, input),
    beginStage: (zone) => beginStage(parts, zone),
    async writeStage(stage, written) {
      await contents.stage(stage)
      await contents.putPages(stage, written)
    },
    async writeStageDelta(stage, piece) {
      await contents.stage(stage)
      await contents.putDelta(stage, piece)
    },
    commitStage: (input) => commitStage(parts, input),
    abortStage: (stage) => contents.drop(stage),
    bootstrapCredentials: (credentials) => registry.bootstrapCredentials(credentials),
    listEdges: () => registry.listEdges(),
    setEdgeState: (input) => registry.setEdgeState(input),
    getChange: (changeId) => registry.getChange(changeId),
    relayedPositions: (log) => relayed.of(log),
    relayedLog: () => relayed.log(),
    noteRelayed: (log, positions) => relayed.note(log, positions),
    lineage: () => lineageOf(db),
    async noteRegressed(detail) {
      if ((await lineageOf(db)).state === 'sound') await markLineage(db, { state: 'regressed', sinceMs: now(), detail })
    },
    adopt: (input) => adoptLineage(parts, input),
    holdLease: (input) => leases.hold(input),
    dropLease: (input) => leases.drop(input),
    async maintain() {
      await contents.dropAgain()
      return maintenance.slice()
    },
  }
}

/** Reading and editing what lies behind and across zones. */
function historyOperations(parts: EngineParts): Pick<Operations, keyof (HistoryReads & HistoryWrites & AuditLog & SearchReads)> {
  const history = new HistoryReader(parts)
  const purge = new HistoryPurge(parts)
  const audit = new AuditTables(parts.db, parts.cache, parts.now)
  const zones = new ZoneSearches(parts.db, parts.cache)
  const rrsets = new RRsetSearches(parts.db, parts.cache, parts.notes)
  const tagged = new TagSearches(parts)
  return {
    listVersions: (query) => history.listVersions(query),
    versionAt: (query) => history.versionAt(query),
    readSteps: (query) => history.readSteps(query),
    readContent: (query) => history.readContent(query),
    recall: (query) => history.recall(query),
    restoreDelta: (input) => restoreDelta(parts, input),
    purgeHistory: (query) => purge.slice(query),
    findZones: (query) => zones.findZones(query),
    findRRsets: (query) => (query.match.tag ? tagged.findRRsets(query, query.match.tag) : rrsets.findRRsets(query)),
    listEvents: (query) => audit.listEvents(query),
    noteDenials: (denials) => audit.noteDenials(denials),
    noteEdge: (line) => audit.noteEdge(line),
  }
}

function templateOperations(parts: EngineParts): Pick<Operations, keyof TemplateStore> {
  const templates = new Templates(parts)
  return {
    getTemplate: (name) => templates.getTemplate(name),
    listTemplates: () => templates.listTemplates(),
    createTemplate: (input) => templates.createTemplate(input),
    updateTemplate: (input) => templates.updateTemplate(input),
    deleteTemplate: (input) => templates.deleteTemplate(input),
  }
}
