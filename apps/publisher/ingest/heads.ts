/** The index of heads, and how far the store has followed it. */
import { parseName } from '@zonecast/dns'
import { sha256, type Logger } from '@zonecast/runtime'
import { HeadIndex, sameLog } from '@zonecast/sync'
import { compareStates, headTerm, octetsOf, shardCount, type Head } from '@zonecast/zone'
import type { Levels, StoredZone, ZoneStore } from '@zonecast/zone-store'

const orphansKey = 'orphans'

/** Heads whose content is not on disk, and the positions up to which all is. */
export class Heads {
  readonly index = new HeadIndex({ headTerm: (zone, state) => octetsOf(sha256(headTerm(parseName(zone), state))) })
  readonly #store: ZoneStore
  readonly #log: Logger
  /** Zones whose newest head is not on disk, by shard. */
  readonly #unsettled = new Map<number, Map<string, bigint>>()
  readonly #placements = new Set<string>()
  /** Zones that the store has and no head names: kept and reported, not sent. */
  #orphans: Set<string>
  /** The log id for which orphans were told from the rest. */
  #auditedLog: Uint8Array
  #persisted: Levels
  /** Where the listing of a shard ended, on the present connection; its content may be on its way. */
  readonly #listed = new Map<number, bigint>()
  readonly #current = new Set<number>()

  /** Begins where the store stands. */
  constructor(store: ZoneStore, shards: readonly number[], log: Logger) {
    this.#store = store
    this.#log = log
    const audit = decodeAudit(store.getMeta(orphansKey))
    this.#orphans = new Set(audit.zones)
    this.#auditedLog = audit.logId
    this.#persisted = store.levels()
    const { logId, positions } = this.#persisted
    if (logId.length === 0) return
    this.index.reset(logId)
    for (const shard of shards) this.index.complete(shard, positions.get(shard) ?? 0n)
    // Where a shard was never listed in this log, what stands in the store is at positions of another one.
    for (const stored of store.zones()) {
      if (positions.has(stored.shard) && !this.#orphans.has(stored.zone)) this.index.put(this.#known(headOf(stored)))
    }
  }

  get placements(): ReadonlySet<string> {
    return this.#placements
  }

  get orphans(): number {
    return this.#orphans.size
  }

  /** Heads whose content is not on disk yet. */
  get behind(): number {
    return [...this.#unsettled.values()].reduce((sum, zones) => sum + zones.size, 0)
  }

  /** Positions belong to another log from here on. */
  async reset(logId: Uint8Array): Promise<void> {
    this.index.reset(logId)
    this.#unsettled.clear()
    this.away()
    this.#persisted = { logId, positions: new Map() }
    await this.#store.setLevels(this.#persisted)
  }

  /** Lists again what the index has: after a listing that does not agree with it. */
  rebuild(): void {
    this.index.reset(this.index.logId)
  }

  /** Takes a head; false when it is known. Until `settle`, its content counts as missing on disk. */
  put(head: Head): boolean {
    if (!this.index.put(this.#known(head))) return false
    const zones = this.#unsettled.get(head.shard)
    if (zones) zones.set(head.zone, head.position)
    else this.#unsettled.set(head.shard, new Map([[head.zone, head.position]]))
    if (this.#orphans.delete(head.zone)) void this.#saveOrphans()
    return true
  }

  /** A state is on disk. */
  settle({ zone, shard, header }: StoredZone): void {
    const entry = this.index.get(zone)
    if (entry && compareStates(header.state, entry.head.state) >= 0) this.#unsettled.get(shard)?.delete(zone)
  }

  /** The position under which a state of a zone is stored: that of its head, or none where the head has moved on. */
  positionOf({ zone, state }: Pick<Head, 'zone' | 'state'>): bigint {
    const head = this.index.get(zone)?.head
    return head && compareStates(state, head.state) >= 0 ? head.position : 0n
  }

  /** A shard is known up to here. */
  listed(shard: number, position: bigint): void {
    if (!this.#listed.has(shard)) this.#listed.set(shard, position)
  }

  /** Nobody says any more what has changed. */
  away(): void {
    this.#listed.clear()
    this.#current.clear()
  }

  /** Shards that were listed on the present connection and of which everything up to there is on disk. */
  current(): number[] {
    for (const [shard, position] of this.#listed) {
      if (!this.#current.has(shard) && this.#lowOf(shard) >= position) this.#current.add(shard)
    }
    return [...this.#current]
  }

  /** True once the store's zones were compared with all heads of the present log. */
  get isAudited(): boolean {
    return sameLog(this.#auditedLog, this.index.logId)
  }

  /** Every shard was listed: what the store has besides is kept and reported. */
  async audit(shards: readonly number[]): Promise<void> {
    const owned = new Set(shards)
    const isOrphan = ({ zone, shard }: StoredZone) => owned.has(shard) && this.index.get(zone) === undefined
    const zones = [...this.#store.zones()].filter(isOrphan).map(({ zone }) => zone)
    this.#orphans = new Set(zones)
    this.#auditedLog = this.index.logId
    if (zones.length > 0) this.#log.warn({ zones: zones.slice(0, 20), count: zones.length }, 'zones that no head names are kept')
    await this.#saveOrphans()
  }

  /** Writes down how far the store has followed. It may lag, and never leads. */
  async persist(): Promise<void> {
    // Before, a restart could not tell which zones of the store stand at positions of this log.
    if (!this.isAudited) return
    const levels = this.#levels()
    if (sameLevels(levels, this.#persisted)) return
    this.#persisted = levels
    await this.#store.setLevels(levels)
  }

  #levels(): Levels {
    const positions = new Map<number, bigint>()
    for (let shard = 0; shard < shardCount; shard++) {
      const low = this.#lowOf(shard)
      if (low > 0n) positions.set(shard, low)
    }
    return { logId: this.index.logId, positions }
  }

  /** Everything up to here is on disk. */
  #lowOf(shard: number): bigint {
    let low = this.index.completeTo(shard)
    for (const position of this.#unsettled.get(shard)?.values() ?? []) if (position <= low) low = position - 1n
    return low
  }

  #known(head: Head): Head {
    this.#placements.add(head.placement)
    return head
  }

  async #saveOrphans(): Promise<void> {
    const audit = { logId: Buffer.from(this.#auditedLog).toString('hex'), zones: [...this.#orphans] }
    await this.#store.setMeta(orphansKey, new TextEncoder().encode(JSON.stringify(audit)))
  }
}

/** Shards of which the store has lost tombstones are listed again from their beginning: their heads are not known. */
export async function forgetLost(store: ZoneStore, log: Logger): Promise<void> {
  const lost = store.lostTombstones()
  if (lost.length === 0) return
  log.error({ shards: lost }, 'the store has lost tombstones: their shards are listed again')
  const { logId, positions } = store.levels()
  await store.setLevels({ logId, positions: new Map([...positions].filter(([shard]) => !lost.includes(shard))) })
  await store.acceptLoss(lost)
}

function headOf({ zone, shard, position, header }: StoredZone): Head {
  const { state, settingsVersion, placement, rrCount, contentOctets } = header
  return { zone, state, settingsVersion, shard, position, placement, rrCount, contentOctets }
}

function decodeAudit(value: Uint8Array | undefined): { readonly logId: Uint8Array; readonly zones: readonly string[] } {
  if (value === undefined) return { logId: new Uint8Array(0), zones: [] }
  const { logId, zones } = JSON.parse(new TextDecoder().decode(value)) as { logId: string; zones: string[] }
  return { logId: Uint8Array.from(Buffer.from(logId, 'hex')), zones }
}

function sameLevels(a: Levels, b: Levels): boolean {
  if (!sameLog(a.logId, b.logId) || a.positions.size !== b.positions.size) return false
  return [...a.positions].every(([shard, position]) => b.positions.get(shard) === position)
}
