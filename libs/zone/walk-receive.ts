/** The receiving side of a walk: checks each part and says what to store. */
import { compareBytes } from '@zonecast/dns'
import { applyDelta, type PageEdits } from './apply-delta.ts'
import { deltaBefore } from './delta.ts'
import { DigestSum } from './digest.ts'
import { compareKeys, firstKey, type Space } from './key.ts'
import type { PageRef } from './page.ts'
import { scanPage } from './page-scan.ts'
import type { PageReader } from './reader.ts'
import type { Sha256 } from './sum256.ts'
import type { Delta, ResumeToken, VersionHeader } from './types.ts'
import { endOfZoneKey, type KeyRange, rangeHash } from './walk-send.ts'

/** A part of a walk that cannot follow what came before, or whose content is not what it says. */
export class WalkError extends Error {
  readonly reason: 'ORDER' | 'HASH' | 'DIGEST'

  constructor(reason: WalkError['reason'], message: string) {
    super(message)
    this.name = 'WalkError'
    this.reason = reason
  }
}

/** What has to be kept beside the stage so that a walk goes on after a restart. */
export interface WalkProgress {
  readonly token: ResumeToken
  /** The digest sum of the RRs in the stage. */
  readonly sum: Uint8Array
}

export interface WalkOptions {
  readonly sha256: Sha256
  /** The pages received so far; the edits of each step are in it before the next step. */
  readonly stage: PageReader
  /** How far an earlier walk into the same stage had come. */
  readonly progress?: WalkProgress | undefined
  /** The caller sums the RRs of ranges by itself, in a thread perhaps, and gives the sum at the end; here it is left out. */
  readonly summedElsewhere?: boolean
}

/** A range as it travels: with the version it was read at and its SHA-256. */
export interface ReceivedRange extends KeyRange {
  readonly version: bigint
  readonly sha256: Uint8Array
}

/** A delta as it travels in a walk. */
export interface CatchUp {
  readonly fromVersion: bigint
  readonly toVersion: bigint
  readonly delta: Delta
}

/**
 * Receives one walk.
 *
 *     idle ── begin ──▶ walking ── range … range ──▶ complete ── end ──▶ ended
 *                          └──── catch-up ────┘          └─ catch-up ─┘
 *
 * After an error the walk is over; what is in the stage stays good, and a new walk may resume from `progress`.
 */
export class WalkState {
  readonly #sha256: Sha256
  readonly #stage: PageReader
  readonly #progress: WalkProgress | undefined
  readonly #sumsRanges: boolean
  #phase: 'idle' | 'walking' | 'complete' | 'ended' = 'idle'
  #sum: DigestSum
  #generation = 0n
  #version = 0n
  #key = firstKey(0)

  constructor({ sha256, stage, progress, summedElsewhere = false }: WalkOptions) {
    this.#sha256 = sha256
    this.#stage = stage
    this.#progress = progress
    this.#sumsRanges = !summedElsewhere
    this.#sum = new DigestSum(sha256)
  }

  /** Begins; `clear` asks for the stage to be emptied first, because the sender does not go on from the token. */
  begin(header: VersionHeader, resumed: boolean): { readonly clear: boolean } {
    this.#expect(this.#phase === 'idle', 'a walk begins once')
    this.#expect(!header.state.deleted, 'a tombstone has no content')
    this.#generation = header.state.generation
    this.#version = header.state.version
    if (resumed) this.#resume(header)
    this.#phase = compareKeys(this.#key, endOfZoneKey) === 0 ? 'complete' : 'walking'
    return { clear: !resumed }
  }

  #resume(header: VersionHeader): void {
    this.#expect(this.#progress !== undefined, 'the sender resumes a walk that was not begun')
    const { token, sum } = this.#progress!
    this.#expect(token.generation === header.state.generation, 'the sender resumes in another generation')
    this.#expect(token.version <= header.state.version, 'the sender resumes at an older version')
    this.#version = token.version
    this.#key = token.key
    this.#sum = DigestSum.from(sum, this.#sha256)
  }

  /** Takes the next range; throws PageError when a page is malformed. */
  range(range: ReceivedRange): PageEdits {
    const again = this.#phase === 'complete' && range.pages.length === 0 && range.toKey.length === 0
    this.#expect(this.#phase === 'walking' || again, 'a range comes between the beginning and the last range')
    this.#expect(compareKeys(range.fromKey, this.#key) === 0, 'a range begins where the one before ended')
    this.#expect(range.version === this.#version, 'a range is at the version that all before it are at')
    if (compareBytes(rangeHash(range.pages, this.#sha256), range.sha256) !== 0) {
      throw new WalkError('HASH', 'the SHA-256 of a range is not that of its pages')
    }
    this.#scan(range)
    const puts = range.pages.map((page) => this.#fitted(page, range.pages))
    if (this.#sumsRanges) for (const { content } of puts) this.#sum.addPage(content)
    this.#key = range.toKey.length === 0 ? endOfZoneKey : range.toKey
    if (range.toKey.length === 0) this.#phase = 'complete'
    return { puts, deletes: [] }
  }

  #scan({ fromKey, toKey, pages }: ReceivedRange): void {
    const end = toKey.length === 0 ? endOfZoneKey : toKey
    this.#expect(compareKeys(fromKey, end) < 0 || this.#phase === 'complete', 'a range has a beginning before its end')
    this.#expect(compareKeys(end, endOfZoneKey) <= 0, 'a range ends within the zone')
    if (pages[0]) this.#expect(compareKeys(fromKey, pages[0].key) <= 0, 'the pages of a range are in it')
    for (let i = 0; i < pages.length; i++) scanPage(pages[i]!.content, { key: pages[i]!.key, next: pages[i + 1]?.key ?? end })
  }

  /** The first page of a space takes the space's first key: what stood before it may have gone with a catch-up. */
  #fitted(page: PageRef, pages: readonly PageRef[]): PageRef {
    const first = firstKey(page.key[0] as Space)
    const isFirst = pages.find(({ key }) => key[0] === page.key[0]) === page && this.#stage.at(first) === undefined
    return isFirst ? { key: first, content: page.content } : page
  }

  /** Brings everything before the walk's key to a newer version; RRs at or after that key are left to the ranges to come. */
  catchUp({ fromVersion, toVersion, delta }: CatchUp): PageEdits {
    this.#expect(this.#phase === 'walking' || this.#phase === 'complete', 'a delta comes between the beginning and the end')
    this.#expect(fromVersion === this.#version && toVersion > fromVersion, 'a delta starts from the version that the walk is at')
    const before = deltaBefore(delta, this.#key)
    const edits = applyDelta(this.#stage, before)
    this.#sum.applyDelta(before)
    this.#version = toVersion
    return edits
  }

  /** Ends: what was received has to add up to the version of this header. `ranges` is the sum of what was summed elsewhere. */
  end(header: VersionHeader, ranges?: Uint8Array): void {
    this.#expect(this.#phase === 'complete', 'a walk ends after its last range')
    const { generation, version, digest } = header.state
    this.#expect(
      generation === this.#generation && version === this.#version,
      'a walk ends at the version that all ranges are at',
    )
    const sum = DigestSum.from(this.#sum.bytes(), this.#sha256)
    if (ranges) sum.addSum(ranges)
    sum.add(header.soa)
    sum.addSettings(header.settings)
    if (compareBytes(sum.bytes(), digest) !== 0)
      throw new WalkError('DIGEST', 'what was received does not have the digest of its version')
    this.#phase = 'ended'
  }

  /** Where a new walk can go on, once the edits so far are stored. */
  token(): ResumeToken {
    return { generation: this.#generation, key: this.#key, version: this.#version }
  }

  /** The token and the sum that go with the edits so far, to be stored with them. */
  progress(): WalkProgress {
    return { token: this.token(), sum: this.#sum.bytes() }
  }

  #expect(holds: boolean, rule: string): void {
    if (!holds) throw new WalkError('ORDER', rule)
  }
}
