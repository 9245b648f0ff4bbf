/** The checks that a release passes before it is applied, and what a comparison leads to. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import { DigestSum } from './digest-sum.ts'
import type { NackReason, ShardLevel } from './messages.ts'
import type { ShardState } from './receiver-shards.ts'

/** A larger step is refused, so that a poisoned version cannot shut out all that follow. */
const largestVersionStep = 2n ** 32n

/** Why a state is not taken onto what is there; undefined when it is. */
export function refuse(have: ZoneState | undefined, state: ZoneState, base: ZoneState | undefined): NackReason | undefined {
  if (have !== undefined && compareStates(state, have) <= 0) {
    return compareStates(state, have) === 0 && !equalStates(state, have) ? 'DIGEST_MISMATCH' : 'NOT_NEWER'
  }
  if (have !== undefined && state.version > have.version + largestVersionStep) return 'VERSION_JUMP'
  if (base !== undefined && (have === undefined || !equalStates(base, have))) return 'BASE_MISMATCH'
  return undefined
}

/** How two levels at one position differ: theirs less ours; empty where they do not. A shard without zones has no digest to compare. */
export function difference(theirs: ShardLevel, ours: ShardLevel): string {
  const sum = new DigestSum()
  if (theirs.zones > 0) sum.add(theirs.setDigest)
  if (ours.zones > 0) sum.subtract(ours.setDigest)
  const bytes = sum.bytes()
  const zones = theirs.zones - ours.zones
  return zones === 0 && bytes.every((octet) => octet === 0) ? '' : `${zones} ${bytes.join()}`
}

/** A level without some of the live zones that are in it. */
export function levelWithout(level: ShardLevel, terms: readonly Uint8Array[]): ShardLevel {
  if (terms.length === 0) return level
  const sum = new DigestSum()
  if (level.zones > 0) sum.add(level.setDigest)
  for (const term of terms) sum.subtract(term)
  return { ...level, setDigest: sum.bytes(), zones: level.zones - terms.length }
}

/** The most comparisons between two listings for one difference. */
const longestPause = 1024

/**
 * A new difference has the shard listed. One that is there after the listing is told and remembered: it is listed for again after two
 * comparisons, four and so on, since what the listing said may have come from a publisher that was behind.
 */
export function afterComparison(state: Pick<ShardState, 'relisted' | 'explained'>, found: string): 'nothing' | 'list' | 'told' {
  const { relisted, explained } = state
  const known = explained?.found === found ? explained : undefined
  state.relisted = false
  if (found === '') state.explained = undefined
  if (found === '') return 'nothing'
  if (relisted) {
    const pause = known === undefined ? 2 : Math.min(known.pause * 2, longestPause)
    state.explained = { found, pause, left: pause }
    return known === undefined ? 'told' : 'nothing'
  }
  if (known !== undefined) {
    known.left -= 1
    if (known.left > 0) return 'nothing'
  }
  state.relisted = true
  return 'list'
}
