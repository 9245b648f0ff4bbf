/** The way to an old version: a content that is kept, and what leads back from it. */
import { exhausted } from '@zonecast/rpc'
import type { Delta, VersionHeader, ZoneState } from '@zonecast/zone'
import type { HistoryReads, StepPlace } from '../database/history-port.ts'
import { unpackSteps } from '../database/packed-steps.ts'
import { notKept } from './not-kept.ts'
import { StepSum } from './step-sum.ts'

/** The most that may lie between a version and the content it is rebuilt from, netted. */
const mostOctets = 64 << 20

/** Where a version is rebuilt from: the present content of the zone, or one that was replaced. */
export type Anchor = { readonly kind: 'live'; readonly state: ZoneState } | { readonly kind: 'content'; readonly content: number }

export interface VersionPlan {
  readonly header: VersionHeader
  readonly anchor: Anchor
  /** From the version to the anchor. */
  readonly delta: Delta
}

/** Finds the way to a version, and on from there when the zone moves. */
export class VersionWay {
  readonly #history: HistoryReads
  readonly #zone: string
  readonly #header: VersionHeader
  readonly #sum = new StepSum()
  #at: StepPlace

  constructor(history: HistoryReads, zone: string, header: VersionHeader) {
    this.#history = history
    this.#zone = zone
    this.#header = header
    this.#at = { version: Number(header.state.version), piece: 0 }
  }

  /** The plan as of now. Throws HISTORY_PRUNED where something on the way is not kept. */
  async plan(): Promise<VersionPlan> {
    const end = await this.#walk()
    if (end.kind !== 'live' && end.kind !== 'content') throw await this.gone()
    return { header: this.#header, anchor: end, delta: this.#sum.net() }
  }

  /** Why the version cannot be rebuilt, where the walk has come to. */
  gone(): Promise<Error> {
    const missingStep = BigInt(this.#at.version + 1)
    return notKept(this.#history, { zone: this.#zone, version: this.#header.state.version, missingStep })
  }

  /** The delta to a later version; undefined where there is none, or a larger one than is worth it. */
  async deltaTo(version: bigint): Promise<Delta | undefined> {
    const end = await this.#walk(Number(version), true)
    return end.kind === 'reached' ? this.#sum.net() : undefined
  }

  async #walk(toVersion?: number, mayGiveUp = false) {
    for (;;) {
      const query = { zone: this.#zone, after: this.#at, ...(toVersion !== undefined && { toVersion }) }
      const { steps, at, end } = await this.#history.readSteps(query)
      const deltas = unpackSteps(steps)
      if (this.#at.piece > 0 || at.piece > 0) for (const delta of deltas) this.#sum.addPiece(delta, at.piece === 0)
      else this.#sum.add(deltas)
      this.#at = at
      if (this.#sum.octets > mostOctets) {
        if (mayGiveUp) return { kind: 'gone' as const }
        throw tooFar(this.#zone, this.#header.state.version)
      }
      if (end.kind !== 'more') return end
    }
  }
}

/** The header of a version. Throws HISTORY_PRUNED where it is not kept. */
export async function headerAt(history: HistoryReads, zone: string, version: bigint): Promise<VersionHeader> {
  const header = await history.versionAt({ zone, version })
  if (!header) throw await notKept(history, { zone, version })
  return header
}

function tooFar(zone: string, version: bigint): Error {
  return exhausted(
    'history',
    `more than 64 MiB of changes lie after version ${version} of ${zone}; it is too far back to be rebuilt`,
  )
}
