/** Tidying in small slices: dropped contents, history past its time, request ids that have expired. */
import { foldName, ownerEnd } from '@zonecast/dns'
import { unpackRRs } from '@zonecast/zone'
import type { ChangeDetails } from './change-details.ts'
import type { Contents } from './contents.ts'
import type { EngineParts } from './engine-parts.ts'
import { decodeChange } from './outcome.ts'
import { defaultRetention, Retentions } from './retention.ts'
import { type Db, statement } from './statement.ts'
import { wholeZone } from './whole-zone.ts'
import type { ZoneCache } from './zone-cache.ts'
import type { ChangeEffect } from './zone-database.ts'

/** Rows that one slice deletes. */
const sliceRows = 100

/** After all history was looked through, it rests this long. */
const restMs = 3_600_000

export class Maintenance {
  readonly #contents: Contents
  readonly #cache: ZoneCache
  readonly #details: ChangeDetails
  readonly #rows: ReturnType<typeof statements>
  readonly #now: () => number
  readonly #retentions: Retentions
  /** History is looked through from the oldest change on: everything up to this one was. */
  #looked = 0
  #restUntilMs = 0

  constructor({ db, contents, cache, details, now }: EngineParts, retention = defaultRetention) {
    this.#contents = contents
    this.#cache = cache
    this.#details = details
    this.#rows = statements(db)
    this.#now = now
    this.#retentions = new Retentions(db, retention)
  }

  /** True when there is more to do. */
  async slice(): Promise<boolean> {
    if (await this.#contents.dropSlice()) return true
    if ((await this.#rows.dropRequestIds({ now: this.#now() })).length === sliceRows) return true
    if (this.#restUntilMs > this.#now()) return false
    return (this.#looked === 0 && (await this.#retentions.look())) || this.#lookThroughHistory()
  }

  async #lookThroughHistory(): Promise<boolean> {
    if (await this.#details.dropOld(this.#now() - this.#retentions.commonMs)) return true
    const before = this.#now() - this.#retentions.shortestMs
    for (const { number, change_id: changeId, outcome, committed_at: committedAt } of await this.#rows.changes({
      after: this.#looked,
    })) {
      if (committedAt >= before) break
      const effects = decodeChange(outcome).effects.filter(({ changed }) => changed)
      const due = await this.#past(effects, this.#now() - committedAt)
      for (const { zone, version } of due) if (!(await this.#pruneVersion(zone, version))) return true
      // A change of several zones stays until the last of them lets go of it.
      if (due.length === effects.length) {
        const [first] = effects
        await this.#rows.keepForAudit({
          number,
          generation: Number(first?.state.generation ?? 0),
          version: Number(first?.state.version ?? 0),
        })
        await this.#rows.dropChange({ number })
        await this.#details.drop(changeId)
      }
      this.#looked = number
    }
    const [next] = await this.#rows.changes({ after: this.#looked })
    if (next && next.committed_at < before) return true
    this.#looked = 0
    this.#retentions.forget()
    this.#restUntilMs = this.#now() + restMs
    return false
  }

  /** The versions among the effects that are past their time. */
  async #past(effects: readonly ChangeEffect[], ageMs: number): Promise<{ zone: number; version: number }[]> {
    const past: { zone: number; version: number }[] = []
    for (const { zone, state } of effects) {
      const row = (await this.#cache.get(zone))?.row
      if (!row) continue
      const kept = this.#retentions.of(row.settings)
      const version = Number(state.version)
      if (ageMs > kept.ms && version <= row.version - kept.versions) past.push({ zone: row.number, version })
    }
    return past
  }

  /** False when it took no more than a part of it. */
  async #pruneVersion(zone: number, version: number): Promise<boolean> {
    const [row] = await this.#rows.version({ zone, version })
    if (!row) return true
    const { step, removed, added, delta_content: pieces, replaced_content: replaced } = row
    if (pieces !== null && (await this.#contents.dropDeltaSlice(pieces))) return false
    if (replaced !== null) await this.#contents.setState(replaced, 'dropped')
    // Of a step that was purged, nobody knows the names any more.
    if (step === 'none' && removed !== null) await this.#rows.dropNames({ zone, version })
    for (const owner of [...ownersIn(removed, added), wholeZone]) await this.#rows.dropName({ zone, owner, version })
    await this.#rows.dropVersion({ zone, version })
    return true
  }
}

/** The folded owner names of packed RRs. */
function ownersIn(...packed: (Uint8Array | null)[]): Uint8Array[] {
  const owners = new Map<string, Uint8Array>()
  for (const rrs of packed) {
    for (const stored of rrs ? unpackRRs(rrs) : []) {
      const owner = foldName(stored.subarray(0, ownerEnd(stored, 0)))
      owners.set(String.fromCharCode(...owner), owner)
    }
  }
  return [...owners.values()]
}

function statements(db: Db) {
  return {
    dropRequestIds: statement(db, (p: { now: number }) =>
      db
        .deleteFrom('request_ids')
        .where('expires_at', 'in', (e) =>
          e
            .selectFrom('request_ids')
            .select('expires_at')
            .where('expires_at', '<=', p.now)
            .orderBy('expires_at')
            .limit(sliceRows),
        )
        .returning('expires_at'),
    ),
    changes: statement(db, (p: { after: number }) =>
      db
        .selectFrom('changes')
        .select(['number', 'change_id', 'outcome', 'committed_at'])
        .where('number', '>', p.after)
        .orderBy('number')
        .limit(sliceRows),
    ),
    keepForAudit: statement(db, (p: { number: number; generation: number; version: number }) =>
      db
        .insertInto('audit')
        .columns([
          'at',
          'principal',
          'method',
          'zone_key',
          'change_id',
          'reason',
          'rrs_before',
          'rrs_after',
          'generation',
          'version',
        ])
        .expression((e) =>
          e
            .selectFrom('changes')
            .select(['committed_at', 'principal', 'method', 'zone_key', 'change_id', 'reason', 'rrs_before', 'rrs_after'])
            .select((s) => [
              s.cast<number>(s.val(p.generation), 'bigint').as('g'),
              s.cast<number>(s.val(p.version), 'bigint').as('v'),
            ])
            .where('number', '=', p.number),
        ),
    ),
    dropChange: statement(db, (p: { number: number }) => db.deleteFrom('changes').where('number', '=', p.number)),
    version: statement(db, (p: { zone: number; version: number }) =>
      db
        .selectFrom('versions')
        .select(['step', 'removed', 'added', 'delta_content', 'replaced_content'])
        .where('zone', '=', p.zone)
        .where('version', '=', p.version),
    ),
    dropName: statement(db, (p: { zone: number; owner: Uint8Array; version: number }) =>
      db.deleteFrom('change_names').where('zone', '=', p.zone).where('owner', '=', p.owner).where('version', '=', p.version),
    ),
    dropNames: statement(db, (p: { zone: number; version: number }) =>
      db.deleteFrom('change_names').where('zone', '=', p.zone).where('version', '=', p.version),
    ),
    dropVersion: statement(db, (p: { zone: number; version: number }) =>
      db.deleteFrom('versions').where('zone', '=', p.zone).where('version', '=', p.version),
    ),
  }
}
