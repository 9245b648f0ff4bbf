/** Netting: several deltas as one. */
import { compareBytes } from '@zonecast/dns'
import { type Change, changesOf, DeltaError, deltaOf, emptyDelta } from './delta.ts'
import { compareStored } from './order.ts'
import type { Delta } from './types.ts'

/** One delta that does what the deltas do one after the other; an RR added and removed again is in neither part. */
export function netDeltas(deltas: readonly Delta[]): Delta {
  if (deltas.length === 0) return emptyDelta
  if (deltas.length === 1) return deltas[0]!
  let rounds = deltas.map(changesOf)
  // Neighbours are joined pairwise, so that the work is N log N whatever their number.
  while (rounds.length > 1) {
    const joined: Change[][] = []
    for (let i = 0; i < rounds.length; i += 2) joined.push(rounds[i + 1] ? compose(rounds[i]!, rounds[i + 1]!) : rounds[i]!)
    rounds = joined
  }
  return deltaOf(rounds[0]!)
}

function compose(first: Change[], second: Change[]): Change[] {
  const composed: Change[] = []
  let i = 0
  let j = 0
  while (i < first.length || j < second.length) {
    const a = first[i]
    const b = second[j]
    const order = a === undefined ? 1 : b === undefined ? -1 : compareStored(a.stored, b.stored)
    if (order <= 0) i++
    if (order >= 0) j++
    composed.push(order === 0 ? composeAt(a!, b!) : (order < 0 ? a : b)!)
  }
  return composed
}

/** A place that ends as it began stays in the list, and out of the packed delta. */
function composeAt(a: Change, b: Change): Change {
  if (!same(a.added, b.removed)) throw new DeltaError(b.stored, 'the second delta does not follow the first')
  return { stored: a.stored, removed: a.removed, added: b.added }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareBytes(a, b) === 0
}
