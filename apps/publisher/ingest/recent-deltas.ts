/** The newest steps of zones in memory, so that no release waits for the store. */
import { compareStates, equalStates, netDeltas, type Delta, type VersionHeader, type ZoneState } from '@zonecast/zone'
import type { NamedDelta } from '@zonecast/contract'

/** What travels with a release beside its content. */
export interface ReleaseNote {
  /** Changes that are in it, newest last. */
  readonly changeIds: readonly string[]
  /** W3C trace context of the newest; empty where there is none. */
  readonly traceparent: string
  /** Unix milliseconds; undefined where it is not known. */
  readonly committedAt: number | undefined
}

export const emptyNote: ReleaseNote = { changeIds: [], traceparent: '', committedAt: undefined }

/** Steps in a row as one. */
export interface RecentPath {
  readonly target: VersionHeader
  readonly delta: Delta
  readonly note: ReleaseNote
}

interface Step extends NamedDelta {
  readonly note: ReleaseNote
  readonly octets: number
}

interface Chain {
  steps: Step[]
  octets: number
}

const mostSteps = 64
const mostChangeIds = 64
/** Steps together larger than this are no longer the shorter way. */
const mostOctetsOfZone = 256 * 1024
const mostOctets = 32 * 1024 * 1024
const mostZones = 8192
const mostNotes = 4096

/** A chain of steps a zone, the zones that moved last. */
export class RecentDeltas {
  readonly #chains = new Map<string, Chain>()
  readonly #notes = new Map<string, { readonly state: ZoneState; readonly note: ReleaseNote }>()
  #octets = 0

  /** Adds the newest step; one that does not join to the chain begins a new one. */
  add(zone: string, named: NamedDelta, note: ReleaseNote): void {
    const octets = named.delta.removed.length + named.delta.added.length
    const chain = this.#chains.get(zone)
    const last = chain?.steps.at(-1)
    const joins = last !== undefined && named.base !== undefined && equalStates(last.target.state, named.base)
    const steps = joins ? (chain as Chain).steps : []
    let total = joins ? (chain as Chain).octets + octets : octets
    this.drop(zone)
    this.#notes.delete(zone)
    if (octets > mostOctetsOfZone) return
    steps.push({ ...named, note, octets })
    while (steps.length > mostSteps || total > mostOctetsOfZone) total -= (steps.shift() as Step).octets
    this.#chains.set(zone, { steps, octets: total })
    this.#octets += total
    while (this.#octets > mostOctets || this.#chains.size > mostZones) this.drop(this.#chains.keys().next().value as string)
  }

  drop(zone: string): void {
    const chain = this.#chains.get(zone)
    if (chain === undefined) return
    this.#chains.delete(zone)
    this.#octets -= chain.octets
  }

  /** The steps from a state (undefined: from nothing) to the newest, netted; undefined where they are not all here. */
  from(zone: string, base: ZoneState | undefined): RecentPath | undefined {
    const steps = this.#chains.get(zone)?.steps
    const at = steps?.findLastIndex((step) => (base && step.base ? equalStates(step.base, base) : base === step.base)) ?? -1
    if (steps === undefined || at < 0) return undefined
    const path = steps.slice(at)
    return {
      target: (path.at(-1) as Step).target,
      delta: netDeltas(path.map(({ delta }) => delta)),
      note: mergeNotes(path.map(({ note }) => note)),
    }
  }

  /** Notes the changes of a state whose content comes by another way; those of earlier states that never came are in it, too. */
  note(zone: string, state: ZoneState, note: ReleaseNote): void {
    const before = this.#notes.get(zone)
    this.#notes.delete(zone)
    this.#notes.set(zone, { state, note: before ? mergeNotes([before.note, note]) : note })
    if (this.#notes.size > mostNotes) this.#notes.delete(this.#notes.keys().next().value as string)
  }

  /** What is known of the changes that led to a state. */
  noteOf(zone: string, state: ZoneState): ReleaseNote {
    const found = this.#notes.get(zone)
    if (found && compareStates(found.state, state) <= 0) return found.note
    const steps = this.#chains.get(zone)?.steps ?? []
    const at = steps.findLastIndex(({ target }) => compareStates(target.state, state) === 0)
    return at < 0 ? emptyNote : mergeNotes(steps.slice(0, at + 1).map(({ note }) => note))
  }
}

function mergeNotes(notes: readonly ReleaseNote[]): ReleaseNote {
  const newest = notes.at(-1) as ReleaseNote
  if (notes.length === 1) return newest
  return { ...newest, changeIds: notes.flatMap(({ changeIds }) => changeIds).slice(-mostChangeIds) }
}
