/** Edges that are broken on purpose: what the simulation is to notice. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import type { FollowResponse, Release } from '../messages.ts'
import type { ReceiverEffect, ReceiverEvent } from '../receiver-types.ts'

/**
 * `fence`, `digest` and `base` are not checked; `ack`: it leaves before the commit; `link`: any link is taken to join;
 * `comparison`: nothing is compared while something is not settled; `sides`: what is not settled is left out on its own side alone;
 * `tombstones`: nobody looks whether they are all there.
 */
export type Breakage = 'none' | 'fence' | 'digest' | 'base' | 'ack' | 'link' | 'comparison' | 'sides' | 'tombstones'

/** A release that an edge without a fence writes, whatever it has. */
export function writtenAnyway(breakage: Breakage, message: FollowResponse): message is Release {
  return breakage === 'fence' && message.kind === 'release' && message.body.kind === 'delta'
}

/** What an edge that does not check bases takes for what it has: whatever the release starts from. */
export function pretended(
  breakage: Breakage,
  message: FollowResponse,
  stateOf: (zone: string) => ZoneState | undefined,
): { readonly zone: string; readonly state: ZoneState } | undefined {
  if (breakage !== 'base' || message.kind !== 'release' || message.base === undefined) return undefined
  const have = stateOf(message.zone)
  if (have === undefined || have.deleted || compareStates(message.state, have) <= 0) return undefined
  return { zone: message.zone, state: message.base }
}

/** Joins what is received to where the edge stands. */
export function loosened(breakage: Breakage, message: FollowResponse, applied: (shard: number) => bigint): FollowResponse {
  if (breakage !== 'link') return message
  if (message.kind === 'checkpoint') return { ...message, after: lower(message.after, applied(message.level.shard)) }
  if (message.kind !== 'offer' && message.kind !== 'release') return message
  return { ...message, after: lower(message.after, applied(message.shard)) }
}

/** What an edge that does not wait for its disk takes for done. */
export function earlyAck(breakage: Breakage, effect: ReceiverEffect): ReceiverEvent | undefined {
  if (breakage !== 'ack' || effect.kind !== 'apply') return undefined
  return { kind: 'applied', job: effect.job, state: effect.state, at: 1 }
}

function lower(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
