/** Turns sorted data and the present content of a zone into its next content. */
import { encodeRR, type Name, type Violation } from '@zonecast/dns'
import {
  compareStored,
  type Delta,
  DigestSum,
  PageBuilder,
  type PageRef,
  piecesOf,
  type TargetList,
  ZoneChecker,
} from '@zonecast/zone'
import { sha256 } from '@zonecast/runtime/hashes'
import { sumOfSha256 } from '@zonecast/runtime/sha256-sum'
import { ContentDiff, type DiffCounts, sameRRset } from './content-diff.ts'
import { maxListed } from './data-errors.ts'
import { LiveFeed, type LivePart } from './live-feed.ts'

export interface MergePlan {
  readonly apex: Name
  /** `replace`: the content becomes the data. `merge`: RRsets in the data take the place of those of the same owner and type. */
  readonly mode: 'replace' | 'merge'
  /** Taken where the data has no SOA: the present one of a zone that is merged into. */
  readonly soa?: Uint8Array
  /** The delta is given up where it takes more octets than this; 0 where none is wanted. */
  readonly deltaOctets: number
  /** False where only the rules shall be checked. */
  readonly build: boolean
}

export type MergeStep =
  /** The next part of the present content is needed. */
  | { readonly kind: 'live' }
  /** The next pages, and the next piece of the delta; about 512 KiB of each. */
  | { readonly kind: 'batch'; readonly pages: readonly PageRef[]; readonly delta: Delta }
  | { readonly kind: 'end'; readonly summary: MergeSummary }

export interface MergeSummary extends DiffCounts {
  readonly violations: readonly Violation[]
  readonly violationCount: number
  readonly warnings: readonly Violation[]
  readonly warningCount: number
  /** As stored; absent where there is none, which is a violation. */
  readonly soa: Uint8Array | undefined
  /** Digest sum over the RRs in the pages. */
  readonly contentDigest: Uint8Array
  /** RRs, RRsets and octets, the SOA included. */
  readonly rrCount: number
  readonly rrsetCount: number
  readonly contentOctets: number
  /** True when the pieces are the whole delta. */
  readonly hasDelta: boolean
}

const batchOctets = 524_288
/** A delta up to this size is kept however small the zone is. */
export const worthwhileOctets = 65_536

/** Answer each `live` step with the next part; one pass over both, in memory for a batch. `targets` is where the data points to. */
export function* mergeContent(
  data: Iterator<Uint8Array>,
  plan: MergePlan,
  targets?: TargetList,
): Generator<MergeStep, void, LivePart | undefined> {
  const out = new ContentOut(plan, targets)
  const live = new LiveFeed()
  const source = plan.soa === undefined ? data : withSOA(data, plan.soa)
  let next = source.next()
  let last: Uint8Array | undefined
  for (;;) {
    if (live.isWaiting) {
      const part = yield { kind: 'live' }
      live.give(part!)
      continue
    }
    const old = live.present
    const stored = next.done ? undefined : next.value
    if (old === undefined && stored === undefined) break
    const order = old === undefined ? 1 : stored === undefined ? -1 : compareStored(old, stored)
    if (order <= 0) {
      out.diff.old(old!)
      live.advance()
      // Nothing more comes of what was before it: however much is removed in a row, it leaves batch by batch.
      if (order < 0 && plan.mode === 'replace' && !inRRset(old!, last)) out.settle()
    }
    if (order >= 0) {
      out.checker.push(stored!)
      last = stored
      next = source.next()
    } else if (plan.mode === 'merge' && !inRRset(old!, stored) && !inRRset(old!, last)) {
      out.checker.push(old!)
    }
    if (out.isFull) yield out.batch()
  }
  yield* out.finish()
}

function inRRset(stored: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && sameRRset(stored, other)
}

/** Puts the SOA in its place among RRs that have none. */
function* withSOA(data: Iterator<Uint8Array>, soa: Uint8Array): Generator<Uint8Array, void, undefined> {
  let isPlaced = false
  for (let next = data.next(); !next.done; next = data.next()) {
    if (!isPlaced && compareStored(next.value, soa) > 0) {
      yield soa
      isPlaced = true
    }
    yield next.value
  }
  if (!isPlaced) yield soa
}

/** A page that is imported full would be split by the first RR that is added to it. */
const importedPageOctets = 14_500

/** What comes out of the checker, as pages, digest and difference. */
class ContentOut {
  readonly checker: ZoneChecker
  readonly diff: ContentDiff
  readonly #builder: PageBuilder
  readonly #digest = new DigestSum(sha256)
  readonly #build: boolean
  #pages: PageRef[] = []
  #octets = 0
  #fault: Error | undefined

  constructor({ apex, build, deltaOctets }: MergePlan, targets: TargetList | undefined) {
    this.#build = build
    this.diff = new ContentDiff(build ? deltaOctets : 0)
    this.#builder = new PageBuilder({ emit: (page) => this.#take(page), targetOctets: importedPageOctets })
    this.checker = new ZoneChecker({ apex, maxProblems: maxListed, emit: (stored) => this.#emit(stored), targets })
  }

  get isFull(): boolean {
    return this.#octets >= batchOctets || this.diff.pendingOctets >= batchOctets
  }

  /** The RRset that the checker holds is whole, and old RRs given so far have no new ones to come. */
  settle(): void {
    this.checker.flush()
    this.diff.passed()
  }

  batch(): MergeStep {
    const pages = this.#pages
    this.#pages = []
    this.#octets = 0
    return { kind: 'batch', pages, delta: this.diff.takePiece() }
  }

  *finish(): Generator<MergeStep, void, unknown> {
    const checked = this.checker.end()
    this.diff.end()
    const isRight = this.#build && checked.violationCount === 0
    if (isRight && this.#fault) throw this.#fault
    if (isRight) this.#builder.finish()
    if (isRight && (this.#pages.length > 0 || this.diff.pendingOctets > 0)) yield this.batch()
    // Past the size of the zone itself the way by the delta is the longer one.
    const hasDelta = this.diff.hasDelta && this.diff.octets <= Math.max(checked.contentOctets, worthwhileOctets)
    const soa = checked.soa && encodeRR(checked.soa)
    const contentDigest = this.#digest.bytes()
    yield { kind: 'end', summary: { ...checked, ...this.diff.counts(), soa, contentDigest, hasDelta } }
  }

  #emit(stored: Uint8Array): void {
    if (!this.#build || this.#fault) return
    this.diff.new(stored)
    try {
      this.#builder.push(stored)
    } catch (error) {
      // An RRset too large for a page is a violation that the checker reports at the end; else it is a fault of ours.
      this.#fault = error as Error
    }
  }

  #take(page: PageRef): void {
    this.#digest.addSum(sumOfSha256(piecesOf(page.content)))
    this.#pages.push(page)
    this.#octets += page.key.length + page.content.length
  }
}
