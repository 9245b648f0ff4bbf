/** Makes a version of a zone: the head in memory, and the rows that tell its story. */
import type { Violation } from '@zonecast/dns'
import { type Delta, isEmptyDelta } from '@zonecast/zone'
import { newId } from './ids.ts'
import { type ChangeOutcome, encodeChange, encodeOutcome } from './outcome.ts'
import { wholeZone } from './whole-zone.ts'
import { stateOf } from './rows.ts'
import type { ChangeLineRow, ChangeTable, RequestIdTable, VersionTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'
import type { Transaction } from './transaction.ts'
import type { CachedZone, ZoneRow } from './zone-cache.ts'
import type { ChangeEffect, CommitOutcome, WriteContext } from './zone-database.ts'

export interface NewVersion {
  readonly zone: CachedZone
  /** The row before; undefined when the zone is new. */
  readonly before: ZoneRow | undefined
  /** The row as it shall be, its version included; its position comes with the transaction's end. */
  readonly row: ZoneRow
  /** Name of the RPC, for the audit log and for request ids. */
  readonly method: string
  readonly context: WriteContext
  /** The step from the version before, where it is at hand. */
  readonly delta?: Delta | undefined
  /** The whole content from nothing, where it is small and came whole. */
  readonly whole?: Delta | undefined
  /** The content under which the pieces of a larger step stand. */
  readonly deltaContent?: number | undefined
  /** A content that is kept because there is no step. */
  readonly replacedContent?: number | undefined
  /** Folded owner keys that were touched, for "who changed this name". */
  readonly names?: readonly Uint8Array[]
  readonly added: number
  readonly removed: number
  readonly oldTtl: number
  /** RRsets whose note it changes. */
  readonly notesChanged?: number
  readonly tagsChanged?: boolean
  readonly warnings: readonly Violation[]
}

/** Versions that touch more names than this, or nobody knows which, are indexed under no name: they are looked through. */
const maxIndexedNames = 1000
/** Names that one statement writes where there are so many. */
const namesAtOnce = 50
/** How long a request id is remembered. */
const requestIdMs = 24 * 3_600_000

export class VersionWriter {
  readonly #statements: ReturnType<typeof statements>
  readonly #transaction: Transaction
  readonly #now: () => number

  constructor(db: Db, transaction: Transaction, now: () => number) {
    this.#statements = statements(db)
    this.#transaction = transaction
    this.#now = now
  }

  /** Everything but pages, heads and positions, which the transaction writes at its end. */
  async write(version: NewVersion): Promise<CommitOutcome> {
    const { context, method, warnings } = version
    const changeId = newId('chg', this.#now())
    const outcome: CommitOutcome = { changeId, effect: effectOf(version), warnings }
    const octets = encodeOutcome(outcome)
    await this.#writeVersion(version, changeId)
    await this.#statements.change({ ...auditOf(version, changeId), outcome: octets, committed_at: version.row.changed_at })
    await this.remember(method, context, octets)
    return outcome
  }

  /**
   * The same for one change of several zones: the row of the change speaks of the first, and each further zone has its line in the audit
   * log at once. `kept` are effects on zones that are as asked already.
   */
  async writeAll(versions: readonly NewVersion[], kept: readonly ChangeEffect[] = []): Promise<ChangeOutcome> {
    const [first, ...others] = versions as [NewVersion, ...NewVersion[]]
    const { context, method, warnings } = first
    const changeId = newId('chg', this.#now())
    const outcome: ChangeOutcome = { changeId, effects: [...versions.map(effectOf), ...kept], warnings }
    const octets = encodeChange(outcome)
    for (const version of versions) await this.#writeVersion(version, changeId)
    await this.#statements.change({ ...auditOf(first, changeId), outcome: octets, committed_at: first.row.changed_at })
    for (const version of others) await this.#statements.audit(lineOf(version, changeId))
    await this.remember(method, context, octets)
    return outcome
  }

  /** A line of the audit log about a zone that got no version. */
  async writeLine({ row, method, context }: Pick<NewVersion, 'row' | 'method' | 'context'>, changeId: string): Promise<void> {
    const line = auditOf({ before: row, row, method, context }, changeId)
    await this.#statements.audit({ ...line, at: this.#now(), generation: 0, version: 0 })
  }

  async #writeVersion(version: NewVersion, changeId: string): Promise<void> {
    const { zone, before, row, context, delta, whole } = version
    zone.setRow(row)
    await this.#statements.version(this.#versionRow(version, changeId))
    await this.#writeNames(version)
    this.#transaction.touch(zone, { before, delta, whole, changeId, traceparent: context.traceparent })
  }

  async #writeNames({ row: { number: zone, version }, names, delta }: NewVersion): Promise<void> {
    const { name, manyNames } = this.#statements
    if (names === undefined || names.length > maxIndexedNames) {
      if (!delta || !isEmptyDelta(delta)) await name({ zone, version, owner: wholeZone })
      return
    }
    let at = 0
    for (; at + namesAtOnce <= names.length; at += namesAtOnce) {
      await manyNames({ zone, version, ...names.slice(at, at + namesAtOnce) })
    }
    for (; at < names.length; at++) await name({ zone, version, owner: names[at]! })
  }

  /** Makes the row of a zone that never was, and gives its number. */
  async addZone(row: ZoneRow): Promise<number> {
    const [added] = await this.#statements.addZone(row)
    return added!.number
  }

  /** Tags of a zone that gets no version. */
  async setTags(number: number, tags: string): Promise<void> {
    await this.#statements.tags({ number, tags })
  }

  /** The answer that a request id was given, if any. */
  async recall(method: string, { principal, requestId }: WriteContext) {
    const [found] = await this.#statements.recall({ principal, method, request_id: requestId, now: this.#now() })
    return found
  }

  async remember(method: string, { principal, requestId, bodyHash }: WriteContext, outcome: Uint8Array): Promise<void> {
    if (requestId === '') return
    const expires = this.#now() + requestIdMs
    await this.#statements.remember({
      principal,
      method,
      request_id: requestId,
      body_hash: bodyHash,
      outcome,
      expires_at: expires,
    })
  }

  #versionRow({ row, delta, deltaContent, replacedContent }: NewVersion, changeId: string): VersionTable {
    const step = deltaContent !== undefined ? 'pieces' : delta ? 'inline' : 'none'
    return {
      zone: row.number,
      version: row.version,
      generation: row.generation,
      serial: row.serial,
      digest: row.digest,
      soa: row.soa,
      settings: row.settings,
      settings_version: row.settings_version,
      placement: row.placement,
      rr_count: row.rr_count,
      rrset_count: row.rrset_count,
      content_octets: row.content_octets,
      deleted: row.deleted,
      step,
      removed: step === 'inline' ? delta!.removed : null,
      added: step === 'inline' ? delta!.added : null,
      delta_content: deltaContent ?? null,
      replaced_content: replacedContent ?? null,
      change_id: changeId,
      committed_at: row.changed_at,
    }
  }
}

function effectOf({
  before,
  row,
  added,
  removed,
  oldTtl,
  notesChanged = 0,
  tagsChanged = false,
}: NewVersion): CommitOutcome['effect'] {
  const previous = before && stateOf(before)
  return {
    zone: row.zone_key,
    state: stateOf(row),
    ...(previous && { previous }),
    added,
    removed,
    changed: true,
    oldTtl,
    ...(notesChanged > 0 && { notesChanged }),
    ...(tagsChanged && { tagsChanged }),
  }
}

function auditOf({ before, row, method, context }: Pick<NewVersion, 'before' | 'row' | 'method' | 'context'>, changeId: string) {
  const { principal, reason } = context
  const counts = { rrs_before: before?.rr_count ?? 0, rrs_after: row.rr_count }
  return { change_id: changeId, principal, method, zone_key: row.zone_key, reason, ...counts }
}

function lineOf(version: NewVersion, changeId: string): ChangeLineRow {
  const { changed_at: at, generation, version: number } = version.row
  return { ...auditOf(version, changeId), at, generation, version: number }
}

type Unnumbered<Table> = Omit<Table, 'number'>
type RequestKey = Pick<RequestIdTable, 'principal' | 'method' | 'request_id'>

const zoneColumns = (
  'zone_key apex sort_key id content generation version serial digest deleted soa settings ' +
  'settings_version placement rr_count rrset_count content_octets shard position created_at changed_at notes tags'
).split(' ') as (keyof ZoneRow)[]
const versionColumns = (
  'zone version generation serial digest soa settings settings_version placement rr_count rrset_count ' +
  'content_octets deleted step removed added delta_content replaced_content change_id committed_at'
).split(' ') as (keyof VersionTable)[]
const changeColumns = 'change_id principal method zone_key reason rrs_before rrs_after outcome committed_at'.split(
  ' ',
) as (keyof Unnumbered<ChangeTable>)[]
const auditColumns = 'at principal method zone_key change_id reason rrs_before rrs_after generation version'.split(
  ' ',
) as (keyof ChangeLineRow)[]
const requestColumns = ['principal', 'method', 'request_id', 'body_hash', 'outcome', 'expires_at'] as const

function statements(db: Db) {
  return {
    tags: statement(db, (p: { number: number; tags: string }) =>
      db.updateTable('zones').set({ tags: p.tags }).where('number', '=', p.number),
    ),
    addZone: statement(db, (p: ZoneRow) => db.insertInto('zones').values(pick(p, zoneColumns)).returning('number')),
    version: statement(db, (p: VersionTable) => db.insertInto('versions').values(pick(p, versionColumns))),
    name: statement(db, (p: { zone: number; owner: Uint8Array; version: number }) =>
      db.insertInto('change_names').values({ zone: p.zone, owner: p.owner, version: p.version }),
    ),
    manyNames: statement(db, (p: { zone: number; version: number; [index: number]: Uint8Array }) =>
      db
        .insertInto('change_names')
        .values(Array.from({ length: namesAtOnce }, (_, i) => ({ zone: p.zone, owner: p[i]!, version: p.version }))),
    ),
    change: statement(db, (p: Unnumbered<ChangeTable>) => db.insertInto('changes').values(pick(p, changeColumns))),
    audit: statement(db, (p: ChangeLineRow) => db.insertInto('audit').values(pick(p, auditColumns))),
    recall: statement(db, (p: RequestKey & { now: number }) =>
      db
        .selectFrom('request_ids')
        .select(['body_hash', 'outcome'])
        .where('principal', '=', p.principal)
        .where('method', '=', p.method)
        .where('request_id', '=', p.request_id)
        .where('expires_at', '>', p.now),
    ),
    remember: statement(db, (p: RequestIdTable) =>
      db
        .insertInto('request_ids')
        .values(pick(p, requestColumns))
        .onConflict((c) =>
          c.columns(['principal', 'method', 'request_id']).doUpdateSet((e) => ({
            body_hash: e.ref('excluded.body_hash'),
            outcome: e.ref('excluded.outcome'),
            expires_at: e.ref('excluded.expires_at'),
          })),
        ),
    ),
  }
}
