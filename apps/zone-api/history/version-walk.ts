/** An old version from beginning to end, rebuilt part by part in bounded memory. */
import { versionMoved } from '@zonecast/rpc'
import { compareStates, compareStoredToKey, firstKey, packRRs, packedRRs, type PageRef, rrsOf, unpackRRs } from '@zonecast/zone'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { type LivePart, noContent } from '../staging/live-feed.ts'
import { applySorted } from '../staging/version-reader.ts'
import { headerAt, type VersionPlan, VersionWay } from './version-plan.ts'

type Reads = Pick<ZoneDatabase, 'readRange' | 'readContent' | 'readSteps' | 'versionAt' | 'listVersions' | 'recall'>

/** How often a part is read again because the zone moved meanwhile. */
const maxAttempts = 5

/** Octets of pages that are read at once. */
const defaultPartOctets = 262_144

interface Range {
  readonly pages: readonly PageRef[]
  readonly last: boolean
  readonly nextKey?: Uint8Array
}

/** Sorted RRs, and how far the walk has used them up. */
interface Feed {
  readonly rrs: readonly Uint8Array[]
  at: number
}

interface WalkPorts {
  readonly database: Reads
  readonly zone: string
  readonly partOctets: number
}

export class VersionWalk {
  readonly plan: VersionPlan
  readonly #database: Reads
  readonly #zone: string
  readonly #partOctets: number
  readonly #way: VersionWay
  #now: VersionPlan
  #removed: Feed = { rrs: [], at: 0 }
  #added: Feed = { rrs: [], at: 0 }
  #fromKey = firstKey(0)
  #last = false

  private constructor({ database, zone, partOctets }: WalkPorts, way: VersionWay, plan: VersionPlan) {
    this.#database = database
    this.#zone = zone
    this.#partOctets = partOctets
    this.#way = way
    this.plan = plan
    this.#now = plan
    this.#take(plan)
  }

  /** Throws HISTORY_PRUNED where the version cannot be rebuilt. */
  static async open(database: Reads, zone: string, version: bigint, partOctets = defaultPartOctets): Promise<VersionWalk> {
    const header = await headerAt(database, zone, version)
    const way = new VersionWay(database, zone, header)
    const none = { header, anchor: { kind: 'live', state: header.state }, delta: { removed: noRRs, added: noRRs } } as const
    const walk = new VersionWalk({ database, zone, partOctets }, way, header.state.deleted ? none : await way.plan())
    walk.#last = header.state.deleted
    return walk
  }

  /** The next RRs in canonical order, the SOA not among them. */
  async next(): Promise<LivePart> {
    if (this.#last) return noContent
    const range = await this.#range()
    const { pages, last, nextKey } = range
    this.#last = last
    const to = nextKey
    const removed = upTo(this.#removed, to)
    const added = upTo(this.#added, to)
    const from = this.#fromKey
    this.#fromKey = nextKey ?? from
    const isWhole = removed.length === 0 && added.length === 0 && !beginsBefore(pages, from)
    if (isWhole) return { packed: pages.map(({ content }) => packedRRs(content)), last }
    const rrs = pages.flatMap(({ content }) => rrsOf(content)).filter((stored) => compareStoredToKey(stored, 0, from) >= 0)
    return { packed: [packRRs(applySorted(rrs, removed, added))], last }
  }

  async #range(): Promise<Range> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const { anchor } = this.#now
      if (anchor.kind === 'content') {
        const { content } = anchor
        const range = await this.#database.readContent({ content, fromKey: this.#fromKey, maxOctets: this.#partOctets })
        if (!range) throw await this.#way.gone()
        return range
      }
      const range = await this.#liveRange()
      if (range && compareStates(range.header.state, anchor.state) === 0) return range
      this.#take(await this.#way.plan())
    }
    const { version } = this.plan.header.state
    throw versionMoved(
      { zone: this.#zone },
      `${this.#zone} moved on all the time while version ${version} was rebuilt; try again`,
    )
  }

  /** Undefined when the zone was deleted meanwhile. */
  async #liveRange() {
    const newest = await this.#database.versionAt({ zone: this.#zone })
    if (!newest || newest.state.deleted) return undefined
    return this.#database.readRange({ zone: this.#zone, fromKey: this.#fromKey, maxOctets: this.#partOctets })
  }

  /** What leads back: the added go, the removed come. */
  #take(plan: VersionPlan): void {
    this.#now = plan
    this.#removed = feedFrom(plan.delta.added, this.#fromKey)
    this.#added = feedFrom(plan.delta.removed, this.#fromKey)
  }
}

const noRRs = new Uint8Array()

function feedFrom(packed: Uint8Array, key: Uint8Array): Feed {
  const rrs = unpackRRs(packed)
  const at = rrs.findIndex((stored) => compareStoredToKey(stored, 0, key) >= 0)
  return { rrs, at: at === -1 ? rrs.length : at }
}

/** Takes what stands before a key; all where there is none. */
function upTo(feed: Feed, key: Uint8Array | undefined): Uint8Array[] {
  const from = feed.at
  if (key === undefined) feed.at = feed.rrs.length
  else while (feed.at < feed.rrs.length && compareStoredToKey(feed.rrs[feed.at]!, 0, key) < 0) feed.at++
  return feed.rrs.slice(from, feed.at)
}

function beginsBefore([first]: readonly PageRef[], key: Uint8Array): boolean {
  return first !== undefined && Buffer.compare(first.key, key) < 0
}
