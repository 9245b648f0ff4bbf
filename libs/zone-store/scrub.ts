/** Reads a zone through, a slice at a time, and compares what is there with its digest. */
import { compareBytes, WireError } from '@zonecast/dns'
import {
  compareKeys,
  DigestSum,
  equalStates,
  firstKey,
  pageCount,
  rrAt,
  scanPage,
  storedKey,
  unpackRRs,
  walkPages,
  type Delta,
  type PageRef,
  type Sha256,
  type ZoneState,
} from '@zonecast/zone'
import { StoreDamage } from './seal.ts'
import type { StoreView, ZoneStore } from './store-types.ts'

/** What a step found: there is more, the zone is sound, it went away, its record is lost or altered, or what is wrong with its content. */
export type ScrubOutcome =
  | { readonly kind: 'more' | 'sound' | 'gone' | 'lost' }
  | { readonly kind: 'damaged'; readonly reason: string; readonly state: ZoneState }

/**
 * One pass over one zone. Each step reads a slice in one turn, so that no read is long; where the zone has moved between two steps, the
 * journal says what that changed in the part that was read, and where it does not know the pass begins again.
 */
export class ZoneScrub {
  readonly zone: string
  readonly #store: Pick<ZoneStore, 'view' | 'deltaFrom' | 'holds'>
  readonly #sha256: Sha256
  #sum: DigestSum
  #at: StoreView | undefined
  /** Everything before this key was read. */
  #next: Uint8Array = firstKey(0)
  #octets = 0

  constructor(store: Pick<ZoneStore, 'view' | 'deltaFrom' | 'holds'>, sha256: Sha256, zone: string) {
    this.zone = zone
    this.#store = store
    this.#sha256 = sha256
    this.#sum = new DigestSum(sha256)
  }

  /** Octets of pages read so far. */
  get octets(): number {
    return this.#octets
  }

  /** Reads at most so many octets, and one page at least. */
  step(maxOctets: number): ScrubOutcome {
    if (!this.#store.holds(this.zone)) return { kind: 'lost' }
    const view = this.#store.view(this.zone)
    if (view === undefined) return { kind: 'gone' }
    const { state } = view.stored.header
    try {
      this.#follow(view)
      return this.#read(view, maxOctets)
    } catch (error) {
      if (!(error instanceof StoreDamage) && !(error instanceof WireError)) throw error
      return { kind: 'damaged', reason: error.message, state }
    }
  }

  /** Brings the sum to the present version. */
  #follow(view: StoreView): void {
    const before = this.#at
    this.#at = view
    if (before === undefined) return
    if (before.stored.content === view.stored.content && equalStates(before.stored.header.state, view.stored.header.state)) return
    const steps = before.stored.content === view.stored.content && this.#store.deltaFrom(this.zone, before.stored.header.state)
    // What the store knows in memory may be a turn behind the view.
    if (steps && equalStates(steps.header.state, view.stored.header.state)) return this.#adopt(steps.delta)
    this.#sum = new DigestSum(this.#sha256)
    this.#next = firstKey(0)
  }

  #adopt({ removed, added }: Delta): void {
    for (const stored of unpackRRs(removed)) if (this.#wasRead(stored)) this.#sum.subtract(stored)
    for (const stored of unpackRRs(added)) if (this.#wasRead(stored)) this.#sum.add(stored)
  }

  #wasRead(stored: Uint8Array): boolean {
    return compareKeys(storedKey(stored), this.#next) < 0
  }

  #read(view: StoreView, maxOctets: number): ScrubOutcome {
    let page: PageRef | undefined
    let octets = 0
    for (const following of walkPages(view.pages, this.#next)) {
      if (page) {
        octets += this.#take(page, following.key)
        if (octets >= maxOctets) return { kind: 'more' }
      }
      page = following
    }
    if (page) this.#take(page, undefined)
    return this.#compare(view)
  }

  /** Checks a page and adds it, or the part of it that was not read when it was divided otherwise. */
  #take({ key, content }: PageRef, next: Uint8Array | undefined): number {
    scanPage(content, { key, next: next?.[0] === key[0] ? next : undefined })
    for (let i = 0; i < pageCount(content); i++) {
      const stored = rrAt(content, i)
      if (!this.#wasRead(stored)) this.#sum.add(stored)
    }
    // Past the last page nothing is left to read.
    if (next) this.#next = Uint8Array.from(next)
    this.#octets += content.length
    return content.length
  }

  #compare({ stored: { header } }: StoreView): ScrubOutcome {
    this.#sum.add(header.soa)
    this.#sum.addSettings(header.settings)
    if (compareBytes(this.#sum.bytes(), header.state.digest) === 0) return { kind: 'sound' }
    return { kind: 'damaged', reason: 'what is stored has another digest than its header', state: header.state }
  }
}
