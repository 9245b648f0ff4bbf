/** Writes what the receiver asks to be applied. */
import { NameError, WireError } from '@zonecast/dns'
import type { NamedDelta } from '@zonecast/contract'
import type { NackReason, ReceiverEffect } from '@zonecast/sync'
import { equalStates, type Delta } from '@zonecast/zone'
import { StoreRefusal, type StoredZone, type ZoneStore } from '@zonecast/zone-store'
import type { Fetched } from './fetcher.ts'

/** An `apply` of the receiver. */
export type Apply = Extract<ReceiverEffect, { kind: 'apply' }>

/** What is in the store now, and what changed where that is known. */
export interface Written {
  readonly stored: StoredZone
  readonly delta?: Delta | undefined
}

/** Rejects where nothing was changed. `takeFetched` hands over what was fetched for the job. */
export async function writeRelease(store: ZoneStore, effect: Apply, takeFetched: () => Fetched | undefined): Promise<Written> {
  const { zone, shard, body, base, mark, placement, state } = effect
  const position = effect.stamp ?? 0n
  if (body.kind === 'staged') return flip(effect, takeFetched())
  if (body.kind === 'tombstone') {
    if (!state.deleted) throw new StoreRefusal('MALFORMED', `${zone}: a tombstone of a live state`, undefined)
    const reset = effect.reset ?? false
    return { stored: await store.remove({ zone, shard, position, state, placement, mark, reset }) }
  }
  const { target, delta } = body.content as NamedDelta
  // The mark that is written with it is good for the state that was announced, and for no other.
  if (state.deleted || !equalStates(target.state, state)) {
    throw new StoreRefusal('MALFORMED', `${zone}: the delta leads to another state than its release`, undefined)
  }
  const stored = await store.apply({ zone, shard, position, header: target, base, delta, mark })
  return { stored, delta: base && delta }
}

/** What the store refuses after all is not left behind. */
async function flip({ zone, stamp, mark }: Apply, fetched: Fetched | undefined): Promise<Written> {
  if (fetched === undefined) throw new Error(`${zone} was fetched and is gone`)
  try {
    return { stored: await fetched.flip({ position: stamp ?? 0n, mark }), delta: fetched.delta }
  } catch (error) {
    await fetched.abort()
    throw error
  }
}

/** A name or an RR that cannot be read is the sender's fault; what else went wrong is the store's. */
export function reasonOf(error: unknown): NackReason {
  if (error instanceof StoreRefusal) return error.reason
  return error instanceof NameError || error instanceof WireError ? 'MALFORMED' : 'STORE_FAILED'
}
