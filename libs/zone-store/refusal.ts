/** Why a store refuses a state of a zone. */
import { compareStates, type ZoneState } from '@zonecast/zone'

export type StoreRefusalReason = 'NOT_NEWER' | 'BASE_MISMATCH' | 'DIGEST_MISMATCH' | 'MALFORMED' | 'VERSION_JUMP' | 'STORE_FAILED'

/** The state was not taken, and nothing was changed. */
export class StoreRefusal extends Error {
  readonly reason: StoreRefusalReason
  /** What the store has of the zone. */
  readonly have: ZoneState | undefined

  constructor(reason: StoreRefusalReason, message: string, have: ZoneState | undefined, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreRefusal'
    this.reason = reason
    this.have = have
  }
}

/** A larger step is refused: a poisoned version must not shut out all that follow. */
export const largestVersionStep = 2n ** 32n

/** What the fence lets through beside what is newer: with `mend` the version that is there, with `reset` anything. */
export interface Fence {
  readonly mend?: boolean | undefined
  readonly reset?: boolean | undefined
}

/** Refuses a state that is not newer than what the store has, or too far ahead of it. */
export function checkFence(
  zone: string,
  state: ZoneState,
  have: ZoneState | undefined,
  { mend = false, reset = false }: Fence = {},
): void {
  if (have === undefined || reset) return
  const order = compareStates(state, have)
  if (order < 0 || (order === 0 && !mend)) {
    throw new StoreRefusal(
      'NOT_NEWER',
      `${zone} is at (${have.generation}, ${have.version}); (${state.generation}, ${state.version}) is not newer`,
      have,
    )
  }
  if (state.version > have.version + largestVersionStep) {
    throw new StoreRefusal('VERSION_JUMP', `${zone}: version ${state.version} is more than 2^32 after ${have.version}`, have)
  }
}

/** Refuses a delta whose base is not exactly what the store has. */
export function checkBase(zone: string, base: ZoneState, have: ZoneState | undefined): void {
  const same =
    have !== undefined &&
    !have.deleted &&
    have.generation === base.generation &&
    have.version === base.version &&
    Buffer.compare(have.digest, base.digest) === 0
  if (same) return
  const what = have === undefined ? 'nothing' : `(${have.generation}, ${have.version})${have.deleted ? ', deleted' : ''}`
  throw new StoreRefusal(
    'BASE_MISMATCH',
    `${zone}: the delta starts from (${base.generation}, ${base.version}); the store has ${what}`,
    have,
  )
}
