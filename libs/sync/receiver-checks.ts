/** The checks that a release passes before it is applied. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import type { NackReason } from './messages.ts'

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
