/** Old versions: who made them, and what leads back to them. */
import { compareBytes, foldName, ownerEnd } from '@zonecast/dns'
import { type PageRef, unpackRRs, type VersionHeader } from '@zonecast/zone'
import { type EngineParts, replayed } from './engine-parts.ts'
import type {
  ContentQuery,
  ContentRange,
  StepPlace,
  Steps,
  StepsEnd,
  StepsQuery,
  VersionPage,
  VersionQuery,
  VersionRecord,
} from './history-port.ts'
import { type HistoryStatements, historyStatements, type ListedRow, type StepRow } from './history-statements.ts'
import { decodeChange } from './outcome.ts'
import { packSteps } from './packed-steps.ts'
import { Refused } from './refused.ts'
import { headerOf, stateOf } from './rows.ts'
import { wholeZone } from './whole-zone.ts'
import type { ZoneRow } from './zone-cache.ts'
import type { CommitOutcome, WriteContext } from './zone-database.ts'

/** Steps that one short read gives, and about how many octets of them. */
const stepsAtOnce = 256
const stepOctets = 1 << 20
/** Octets of large steps that one page of a listing by name looks through. */
const lookOctets = 4 << 20
const noSteps = packSteps([])

export class HistoryReader {
  readonly #parts: EngineParts
  readonly #rows: HistoryStatements

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#rows = historyStatements(parts.db)
  }

  async listVersions({ zone, owner, before, limit }: VersionQuery): Promise<VersionPage> {
    const { number } = await this.#zone(zone)
    const from = before === undefined ? Number.MAX_SAFE_INTEGER : Number(before)
    if (owner) return this.#versionsOfName(number, owner, from, limit)
    const rows = await this.#rows.versions({ zone: number, before: from, limit: limit + 1 })
    const versions = rows.slice(0, limit).map((row) => recordOf(row, false))
    return { versions, ...(rows.length > limit && { next: versions.at(-1)!.state.version }) }
  }

  async versionAt({ zone, version }: { zone: string; version?: bigint }): Promise<VersionHeader | undefined> {
    const row = await this.#zone(zone)
    const [found] = await this.#rows.version({ zone: row.number, version: Number(version ?? row.version) })
    return found && headerOf(found)
  }

  async readSteps({ zone, after, toVersion }: StepsQuery): Promise<Steps> {
    const row = await this.#zone(zone)
    const to = toVersion ?? row.version
    if (after.version >= to) return { steps: noSteps, at: after, end: endAt(row, toVersion) }
    if (after.piece > 0) return this.#piecesOf(row.number, after)
    const sizes = await this.#rows.sizes({ zone: row.number, after: after.version, to, limit: stepsAtOnce })
    let octets = 0
    let version = after.version
    for (const size of sizes) {
      if (size.version !== version + 1 || size.step !== 'inline') break
      octets += Number(size.octets)
      if (octets > stepOctets && version > after.version) break
      version = size.version
    }
    if (version === after.version) return this.#stepAfter(row.number, after)
    const steps = await this.#rows.steps({ zone: row.number, after: after.version, to: version })
    const deltas = steps.map(({ removed, added }) => ({ removed: removed!, added: added! }))
    return { steps: packSteps(deltas), at: { version, piece: 0 }, end: version >= to ? endAt(row, toVersion) : { kind: 'more' } }
  }

  async readContent({ content, fromKey, maxOctets }: ContentQuery): Promise<ContentRange | undefined> {
    const [state] = await this.#rows.contentState({ content })
    if (state?.state !== 'replaced' && state?.state !== 'live') return undefined
    const pages: PageRef[] = []
    let octets = 0
    const [floor] = await this.#rows.floor({ content, key: fromKey })
    for (let next = floor; next;) {
      octets += next.key.length + next.content.length
      if (pages.length > 0 && octets > maxOctets) return { pages, last: false, nextKey: next.key }
      pages.push(next)
      ;[next] = await this.#rows.after({ content, key: next.key })
    }
    return { pages, last: true }
  }

  recall({ method, context }: { method: string; context: WriteContext }): Promise<CommitOutcome | undefined> {
    return replayed(this.#parts, method, context)
  }

  /** A step that is not at hand in its row, or none. */
  async #stepAfter(zone: number, after: StepPlace): Promise<Steps> {
    const [next] = await this.#rows.next({ zone, version: after.version + 1 })
    if (next?.step === 'pieces') return this.#piecesOf(zone, after)
    const isKept = next !== undefined && next.replaced_content !== null
    const end: StepsEnd = isKept ? { kind: 'content', content: next.replaced_content! } : { kind: 'gone' }
    return { steps: noSteps, at: after, end }
  }

  /** The next piece of a step; after the last of them the step is complete. */
  async #piecesOf(zone: number, { version, piece }: StepPlace): Promise<Steps> {
    const [next] = await this.#rows.next({ zone, version: version + 1 })
    const gone: Steps = { steps: noSteps, at: { version, piece }, end: { kind: 'gone' } }
    if (next?.step !== 'pieces') return gone
    const pieces = await this.#rows.pieces({ content: next.delta_content!, from: piece })
    if (pieces.length === 0 && piece === 0) return gone
    const [found, another] = pieces
    const at = another ? { version, piece: piece + 1 } : { version: version + 1, piece: 0 }
    return { steps: packSteps(found ? [found] : []), at, end: { kind: 'more' } }
  }

  /** Those in the index, and those that are too large for it and are looked through. */
  async #versionsOfName(zone: number, owner: Uint8Array, before: number, limit: number): Promise<VersionPage> {
    const named = await this.#rows.named({ zone, owner, before, limit: limit + 1 })
    const whole = await this.#rows.named({ zone, owner: wholeZone, before, limit: limit + 1 })
    const rows = [...named, ...whole].toSorted((a, b) => b.version - a.version)
    // Beyond the shorter of the two lists, not all is known.
    const ends = [named, whole].filter(({ length }) => length > limit).map((list) => list.at(-1)!.version)
    const last = Math.max(0, ...ends)
    const versions: VersionRecord[] = []
    let looked = 0
    for (const row of rows) {
      if (row.version < last || versions.length === limit || looked > lookOctets)
        return { versions, next: BigInt(row.version + 1) }
      const isListed = named.includes(row)
      const isUnknown = !isListed && row.step === 'none'
      const isTouched = isListed || isUnknown || (await touches(this.#rows, zone, row.version, owner))
      if (!isListed) looked += Number(row.octets ?? stepOctets)
      if (isTouched) versions.push(recordOf(row, isUnknown))
    }
    return { versions, ...(last > 0 && { next: BigInt(last) }) }
  }

  async #zone(zone: string): Promise<ZoneRow> {
    const found = await this.#parts.cache.get(zone)
    if (!found) throw new Refused({ kind: 'not-found', type: 'zone', name: zone })
    return found.row
  }
}

function endAt(row: ZoneRow, toVersion: number | undefined): StepsEnd {
  if (toVersion !== undefined) return { kind: 'reached' }
  return row.deleted ? { kind: 'gone' } : { kind: 'live', state: stateOf(row) }
}

/** True when the step to a version has RRs at a folded name. */
export async function touches(rows: HistoryStatements, zone: number, version: number, owner: Uint8Array): Promise<boolean> {
  const [row] = await rows.next({ zone, version })
  if (row?.step === 'inline') return holds(row.removed!, owner) || holds(row.added!, owner)
  if (row?.step !== 'pieces') return false
  for (let from = 0; ; from += 2) {
    const pieces = await rows.pieces({ content: row.delta_content!, from })
    if (pieces.some(({ removed, added }) => holds(removed, owner) || holds(added, owner))) return true
    if (pieces.length < 2) return false
  }
}

/** True when packed RRs have one at a folded name. */
function holds(packed: Uint8Array, owner: Uint8Array): boolean {
  return unpackRRs(packed).some((stored) => {
    const end = ownerEnd(stored, 0)
    return end === owner.length && Buffer.compare(foldName(stored.subarray(0, end)), owner) === 0
  })
}

function recordOf(row: ListedRow, isWholeZone: boolean): VersionRecord {
  const effects = row.outcome === null ? [] : decodeChange(row.outcome).effects
  // The generation may have moved since, with the lineage.
  const { version, digest } = stateOf(row)
  const effect = effects.find(({ state }) => state.version === version && compareBytes(state.digest, digest) === 0)
  return {
    state: stateOf(row),
    committedAtMs: Number(row.committed_at),
    principal: row.principal ?? '',
    reason: row.reason ?? '',
    method: row.method ?? '',
    changeId: row.change_id,
    added: effect?.added ?? 0,
    removed: effect?.removed ?? 0,
    rrCount: Number(row.rr_count),
    rrsetCount: Number(row.rrset_count),
    wholeZone: isWholeZone,
    purged: isPurged(row),
  }
}

function isPurged({ step, octets }: Pick<StepRow, 'step'> & { octets: number | null }): boolean {
  return step === 'none' && octets !== null
}
