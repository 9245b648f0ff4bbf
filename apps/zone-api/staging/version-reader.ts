/** Reads one version of a zone from beginning to end, while the zone may move on. */
import { versionMoved } from '@zonecast/rpc'
import {
  compareStates,
  compareStored,
  compareStoredToKey,
  firstKey,
  packRRs,
  packedRRs,
  rrsOf,
  unpackRRs,
  type ZoneState,
} from '@zonecast/zone'
import type { RangeAnswer, ZoneReads } from '../database/zone-database.ts'
import { type LivePart, noContent } from './live-feed.ts'

export interface VersionReaderOptions {
  readonly zone: string
  /** The version to read: one that was the newest a moment ago. */
  readonly state: ZoneState
  /** About as many octets a part. */
  readonly partOctets: number
}

/** The most that the zone may move while it is read, in octets of delta. */
const maxDeltaOctets = 16 * 1024 * 1024

/**
 * Every part is of the same version: where the zone has moved since, what changed is taken back within the part. A zone that moved
 * too far for that, or was replaced or deleted, ends the reading with `aborted` (VERSION_MOVED).
 */
export class VersionReader {
  readonly #database: Pick<ZoneReads, 'readRange' | 'deltaFrom'>
  readonly #options: VersionReaderOptions
  #fromKey = firstKey(0)
  #last = false
  /** What leads back from a later version to the one that is read. */
  #back: DeltaBack | undefined

  constructor(database: Pick<ZoneReads, 'readRange' | 'deltaFrom'>, options: VersionReaderOptions) {
    this.#database = database
    this.#options = options
  }

  /** The next part. */
  async next(): Promise<LivePart> {
    if (this.#last) return noContent
    const { zone, state, partOctets } = this.#options
    const answer = await this.#database.readRange({ zone, fromKey: this.#fromKey, maxOctets: partOctets })
    const hasMoved = compareStates(answer.header.state, state) !== 0
    const packed = hasMoved ? await this.#takeBack(answer) : answer.pages.map(({ content }) => packedRRs(content))
    this.#last = answer.last
    this.#fromKey = answer.nextKey ?? this.#fromKey
    return { packed, last: answer.last }
  }

  async #takeBack({ header, pages, nextKey }: RangeAnswer): Promise<Uint8Array[]> {
    const back = await this.#deltaBack(header.state)
    const within = (stored: Uint8Array) => isWithin(stored, this.#fromKey, nextKey)
    const now = pages.flatMap(({ content }) => rrsOf(content)).filter(within)
    return [packRRs(applySorted(now, back.removed.filter(within), back.added.filter(within)))]
  }

  async #deltaBack(from: ZoneState): Promise<DeltaBack> {
    if (this.#back !== undefined && compareStates(this.#back.from, from) === 0) return this.#back
    const { zone, state } = this.#options
    const query = { zone, base: state, toVersion: from.version, maxOctets: maxDeltaOctets }
    const answer = from.generation === state.generation ? await this.#database.deltaFrom(query) : undefined
    if (answer?.kind !== 'delta' || compareStates(answer.target.state, from) !== 0) {
      const metadata = { zone, version: String(from.version) }
      throw versionMoved(metadata, `${zone} moved on while version ${state.version} was read; try again`)
    }
    this.#back = { from, removed: unpackRRs(answer.delta.added), added: unpackRRs(answer.delta.removed) }
    return this.#back
  }
}

interface DeltaBack {
  readonly from: ZoneState
  readonly removed: readonly Uint8Array[]
  readonly added: readonly Uint8Array[]
}

function isWithin(stored: Uint8Array, fromKey: Uint8Array, toKey: Uint8Array | undefined): boolean {
  return compareStoredToKey(stored, 0, fromKey) >= 0 && (toKey === undefined || compareStoredToKey(stored, 0, toKey) < 0)
}

/** The RRs without the removed and with the added, all in canonical order. */
export function applySorted(
  rrs: readonly Uint8Array[],
  removed: readonly Uint8Array[],
  added: readonly Uint8Array[],
): Uint8Array[] {
  const result: Uint8Array[] = []
  let toRemove = 0
  let toAdd = 0
  for (const stored of rrs) {
    const isRemoved = toRemove < removed.length && compareStored(removed[toRemove]!, stored) === 0
    if (isRemoved) toRemove++
    while (toAdd < added.length && compareStored(added[toAdd]!, stored) <= 0) result.push(added[toAdd++]!)
    if (!isRemoved) result.push(stored)
  }
  return [...result, ...added.slice(toAdd)]
}
