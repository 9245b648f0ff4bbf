/** Quotas of principals: kept, and counted in the transaction that commits what they bound. */
import { sql } from 'kysely'
import type { ChangeDetails } from '../change-details.ts'
import { ChangeLines } from '../change-lines.ts'
import { Refused } from '../refused.ts'
import type { QuotaTable } from '../schema.ts'
import { type Db, pick, statement } from '../statement.ts'
import type { ZoneRow } from '../zone-cache.ts'
import type { WriteContext } from '../write-port.ts'
import type { QuotaLimits, QuotaReads, QuotaState, QuotaWrites, SetQuotasInput } from './quota-port.ts'

export interface QuotaOptions {
  readonly db: Db
  readonly now: () => number
  /** In force for those that have none of their own and are not exempt. */
  readonly defaults: QuotaLimits
  readonly details: ChangeDetails
}

interface Known {
  readonly own: QuotaLimits | undefined
  readonly settings: number
  readonly untilMs: number
}

/** What a change does to a zone, as far as quotas go. */
export interface QuotedStep {
  readonly before: ZoneRow | undefined
  readonly row: ZoneRow
}

/** A change is a thousand of what buckets hold, so that they fill by whole numbers. */
const change = 1000
/** What another zone API has set is in force here by then. */
const knownMs = 2_000
const mostKnown = 10_000
/** Counts what was set here, on whichever connection: what was known before is asked for again. */
let settings = 0

export class Quotas implements QuotaReads, QuotaWrites {
  readonly #rows: ReturnType<typeof statements>
  readonly #now: () => number
  readonly #defaults: QuotaLimits
  readonly #lines: ChangeLines
  readonly #known = new Map<string, Known>()

  constructor({ db, now, defaults, details }: QuotaOptions) {
    this.#rows = statements(db)
    this.#lines = new ChangeLines({ db, now, details }, 'acc')
    this.#now = now
    this.#defaults = defaults
  }

  /**
   * Refuses a change that goes beyond a quota of its principal, before anything of it is written; the rate is counted once, however many
   * zones it changes. To be called in the transaction, where the change is known to change something. A dry run does not count.
   */
  async admit(context: WriteContext, steps: readonly QuotedStep[], { isDry = false } = {}): Promise<void> {
    const { principal } = context
    const limits = await this.#limitsOf(context)
    if (limits === undefined) return
    for (const step of steps) checkRRsets(principal, limits, step)
    if (isDry) return this.#checkZones(principal, limits, steps)
    if (limits.zones === undefined && limits.changesPerMinute === undefined) return
    // Whoever else acts for this principal waits here until this transaction has ended.
    const [use] = await this.#rows.hold({ principal, level: burstOf(limits) * change, at: this.#now() })
    await this.#checkZones(principal, limits, steps)
    await this.#take(principal, limits, use!)
  }

  /** Notes who has made a zone. */
  async made(zone: string, principal: string): Promise<void> {
    await this.#rows.setMaker({ zone_key: zone, principal })
  }

  async quotasOf(principal: string): Promise<QuotaState> {
    const [row] = await this.#rows.quotas({ principal })
    const own = row && limitsFrom(row)
    const limits = own ?? this.#defaults
    const zones = await this.#zonesOf(principal)
    if (limits.changesPerMinute === undefined) return { own, zones }
    const [use] = await this.#rows.used({ principal })
    const level = use ? this.#filled(limits, use) : burstOf(limits) * change
    return { own, zones, changesNow: Math.floor(level / change) }
  }

  async setQuotas(input: SetQuotasInput): Promise<void> {
    const { of: principal, limits } = input
    const [before] = await this.#rows.quotas({ principal })
    await this.#lines.add('SetQuotas', input, {
      subject: `quotas of ${principal}`,
      before: before && limitsFrom(before),
      after: limits,
    })
    // The bucket is full again under what is in force now.
    await this.forget(principal)
    if (limits === undefined) return
    const { zones = null, rrsetsPerZone = null, changesPerMinute = null, burst = null } = limits
    await this.#rows.add({ principal, zones, rrsets_per_zone: rrsetsPerZone, changes_per_minute: changesPerMinute, burst })
  }

  /** A principal is gone, with its quotas: another one of that name begins anew. */
  async forget(principal: string): Promise<void> {
    settings++
    await this.#rows.drop({ principal })
    await this.#rows.forgetUse({ principal })
  }

  /** Undefined where nothing bounds the principal. */
  async #limitsOf({ principal, isExempt = false }: WriteContext): Promise<QuotaLimits | undefined> {
    const own = await this.#ownOf(principal)
    if (own) return own
    return isExempt || Object.keys(this.#defaults).length === 0 ? undefined : this.#defaults
  }

  async #ownOf(principal: string): Promise<QuotaLimits | undefined> {
    const [now, known] = [this.#now(), this.#known.get(principal)]
    if (known && known.settings === settings && known.untilMs > now) return known.own
    const asked = settings
    const [row] = await this.#rows.quotas({ principal })
    const own = row && limitsFrom(row)
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(principal, { own, settings: asked, untilMs: now + knownMs })
    return own
  }

  async #checkZones(principal: string, { zones: limit }: QuotaLimits, steps: readonly QuotedStep[]): Promise<void> {
    const added = steps.filter(({ before, row }) => !row.deleted && (!before || before.deleted)).length
    if (limit === undefined || added === 0) return
    const present = await this.#zonesOf(principal)
    if (present + added > limit) throw new Refused({ kind: 'quota', exceeded: { principal, quota: 'zones', limit, present } })
  }

  async #zonesOf(principal: string): Promise<number> {
    const [row] = await this.#rows.zonesMade({ principal })
    return Number(row?.count ?? 0)
  }

  async #take(principal: string, limits: QuotaLimits, use: Use): Promise<void> {
    const { changesPerMinute: limit } = limits
    if (limit === undefined) return
    const filled = this.#filled(limits, use)
    if (filled < change) {
      const retryMs = Math.ceil((change - filled) / perMs(limits))
      throw new Refused({ kind: 'quota', exceeded: { principal, quota: 'changes_per_minute', limit, present: limit, retryMs } })
    }
    await this.#rows.use({ principal, level: filled - change, at: Math.max(this.#now(), Number(use.at)) })
  }

  /** What the bucket holds by now. */
  #filled(limits: QuotaLimits, { level, at }: Use): number {
    // Clocks of several zone APIs may differ: time does not go back here.
    const sinceMs = Math.max(0, this.#now() - Number(at))
    return Math.min(burstOf(limits) * change, Number(level) + Math.floor(sinceMs * perMs(limits)))
  }
}

interface Use {
  readonly level: number
  readonly at: number
}

function perMs({ changesPerMinute = 0 }: QuotaLimits): number {
  return (changesPerMinute * change) / 60_000
}

function burstOf({ burst, changesPerMinute = 0 }: QuotaLimits): number {
  return burst ?? changesPerMinute
}

/** A zone that has more already may be changed as long as it does not grow. */
function checkRRsets(principal: string, { rrsetsPerZone: limit }: QuotaLimits, { before, row }: QuotedStep): void {
  const { rrset_count: present, zone_key: zone } = row
  const had = before && !before.deleted ? before.rrset_count : 0
  if (limit === undefined || present <= limit || present <= had) return
  throw new Refused({ kind: 'quota', exceeded: { principal, quota: 'rrsets_per_zone', limit, present, zone } })
}

function limitsFrom({ zones, rrsets_per_zone, changes_per_minute, burst }: QuotaTable): QuotaLimits {
  return {
    ...(zones !== null && { zones: Number(zones) }),
    ...(rrsets_per_zone !== null && { rrsetsPerZone: Number(rrsets_per_zone) }),
    ...(changes_per_minute !== null && { changesPerMinute: Number(changes_per_minute) }),
    ...(burst !== null && { burst: Number(burst) }),
  }
}

const columns = ['principal', 'zones', 'rrsets_per_zone', 'changes_per_minute', 'burst'] as const
type Named = { readonly principal: string }

function statements(db: Db) {
  return {
    quotas: statement(db, (p: Named) => db.selectFrom('quotas').selectAll().where('principal', '=', p.principal)),
    add: statement(db, (p: QuotaTable) => db.insertInto('quotas').values(pick(p, columns))),
    drop: statement(db, (p: Named) => db.deleteFrom('quotas').where('principal', '=', p.principal)),
    forgetUse: statement(db, (p: Named) => db.deleteFrom('quota_uses').where('principal', '=', p.principal)),
    hold: statement(db, (p: { principal: string; level: number; at: number }) =>
      db
        .insertInto('quota_uses')
        .values({ principal: p.principal, level: p.level, at: p.at })
        .onConflict((c) => c.column('principal').doUpdateSet((e) => ({ principal: e.ref('excluded.principal') })))
        .returning(['level', 'at']),
    ),
    used: statement(db, (p: Named) => db.selectFrom('quota_uses').select(['level', 'at']).where('principal', '=', p.principal)),
    use: statement(db, (p: { principal: string; level: number; at: number }) =>
      db.updateTable('quota_uses').set({ level: p.level, at: p.at }).where('principal', '=', p.principal),
    ),
    zonesMade: statement(db, (p: Named) =>
      db
        .selectFrom('zone_makers')
        .innerJoin('zones', 'zones.zone_key', 'zone_makers.zone_key')
        .where('zone_makers.principal', '=', p.principal)
        .where('zones.deleted', '=', 0)
        .select(sql<number>`count(*)`.as('count')),
    ),
    setMaker: statement(db, (p: { zone_key: string; principal: string }) =>
      db
        .insertInto('zone_makers')
        .values({ zone_key: p.zone_key, principal: p.principal })
        .onConflict((c) => c.column('zone_key').doUpdateSet((e) => ({ principal: e.ref('excluded.principal') }))),
    ),
  }
}
