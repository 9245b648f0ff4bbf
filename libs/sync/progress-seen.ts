/** What was reported of one zone at one edge: its last few states, and when they were there. */
import { compareStates, type ZoneState } from '@zonecast/zone'

type Place = Pick<ZoneState, 'generation' | 'version'>

/** A state that was reported, and when. */
export interface Seen {
  readonly generation: bigint
  readonly version: bigint
  readonly at: number | undefined
}

/** The last few states of a zone at an edge, oldest first. */
export interface ZoneSeen {
  published: readonly Seen[]
  applied: readonly Seen[]
  answered: readonly Seen[]
  /** There may have been states before those of a list. */
  isCut: boolean
}

/** States remembered of one zone at one edge. */
const statesKept = 4

/** What was reported of states up to one. */
export function upTo({ published, applied, answered, isCut }: ZoneSeen, state: ZoneState): ZoneSeen {
  const known = (list: readonly Seen[]) =>
    list.every((seen) => compareStates(seen, state) <= 0) ? list : list.filter((seen) => compareStates(seen, state) <= 0)
  return { published: known(published), applied: known(applied), answered: known(answered), isCut }
}

/** The earliest state at or after a change that is remembered. */
export function firstSince(list: readonly Seen[] | undefined, change: Place): Seen | undefined {
  return list?.find((seen) => compareStates(seen, change) >= 0)
}

/**
 * The same, where that state is sure to have brought the change. Where states before the list's may be forgotten, the first of the list
 * speaks of itself alone: the change may have been there long before, with another one.
 */
export function ownSince(
  list: readonly Seen[] | undefined,
  { change, isCut }: { readonly change: Place; readonly isCut: boolean },
): Seen | undefined {
  const found = firstSince(list, change)
  if (found === undefined || !isCut || found !== list?.[0]) return found
  return compareStates(found, change) === 0 ? found : undefined
}

/** Adds a state in its order; a state that is there keeps its first time. */
export function addSeen(zone: ZoneSeen, kind: 'published' | 'applied' | 'answered', seen: Seen): void {
  const list = zone[kind]
  if (list.some((known) => compareStates(known, seen) === 0)) return
  const states = [...list, seen].toSorted(compareStates)
  zone.isCut ||= states.length > statesKept
  zone[kind] = states.slice(-statesKept)
}
