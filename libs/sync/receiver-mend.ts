/** What an edge does about zones in trouble: it notes them, tells its publishers, and makes up the order to fetch them. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import type { NackReason, Release } from './messages.ts'
import type { Recalls, Trouble } from './receiver-recalls.ts'
import type { Stream } from './receiver-shards.ts'
import type { Teller } from './receiver-tell.ts'
import type { ReceiverEffect, ReceiverEvent } from './receiver-types.ts'

export interface MenderPorts {
  readonly recalls: Recalls
  readonly teller: Teller
  readonly stateOf: (zone: string) => ZoneState | undefined
  /** Streams whose publishers send a shard. */
  readonly streamsFor: (shard: number) => readonly Stream[]
  readonly emit: (effect: ReceiverEffect) => void
}

export class Mender {
  readonly #ports: MenderPorts

  constructor(ports: MenderPorts) {
    this.#ports = ports
  }

  /** A scrub has found that the store is not what its digest says. */
  damaged({ zone, shard, placement, reason }: Extract<ReceiverEvent, { kind: 'damaged' }>): void {
    const have = this.#ports.stateOf(zone)
    if (have === undefined || have.deleted) return
    this.#note({ zone, shard, placement }, have, reason, `damaged: ${reason}`)
  }

  /** A publisher has this very version with another digest: it has it from the database, and the edge fetches it. */
  hasOtherDigest({ zone, shard, placement }: Pick<Release, 'zone' | 'shard' | 'placement'>, state: ZoneState): void {
    const detail = 'the version is here with another digest'
    this.#note({ zone, shard, placement }, state, detail, detail)
  }

  /** Counts a failed snapshot; true where it was the last that is tried for now. */
  givesUp(release: Release, reason: NackReason, detail: string, have: ZoneState | undefined): boolean {
    const { zone, shard, state } = release
    if (!isSnapshot(release) || !countsAsFailure(reason, state, have)) return false
    const { recalls, emit } = this.#ports
    if (!recalls.failed(release, state, `${reason}: ${detail}`)) return false
    emit({ kind: 'alarm', shard, zone, detail: `quarantined at version ${state.version}: ${reason}: ${detail}` })
    return true
  }

  /** The content is still damaged, at a later state. */
  stillDamaged(trouble: Trouble, state: ZoneState): void {
    if (trouble.damage === undefined) return
    trouble.damage = { ...trouble.damage, state }
    this.tell(trouble, this.#ports.streamsFor(trouble.shard))
  }

  failed({ zone, shard }: Trouble, detail: string): void {
    this.#ports.emit({ kind: 'alarm', shard, zone, detail: `still in trouble: ${detail}` })
  }

  /** Says that a zone is being fetched anew: until its Ack, no position covers it. */
  tell(trouble: Trouble, streams: Iterable<Stream>): void {
    if (trouble.damage === undefined) return
    const { teller, stateOf } = this.#ports
    const { zone, shard, damage } = trouble
    const have = stateOf(zone)
    for (const stream of streams) {
      if (!stream.shards.has(shard)) continue
      const shardPosition = teller.applied(stream, shard)
      const nack = { kind: 'nack', zone, shard, position: 0n, refused: damage.state, reason: 'DAMAGED' } as const
      teller.send(stream, { ...nack, detail: damage.reason, have, shardPosition })
    }
  }

  #note(place: Pick<Release, 'zone' | 'shard' | 'placement'>, state: ZoneState, reason: string, detail: string): void {
    const { recalls, emit, streamsFor } = this.#ports
    const { zone, shard } = place
    if (!recalls.damaged(place, state, reason)) return
    emit({ kind: 'alarm', shard, zone, detail })
    this.tell(recalls.get(zone) as Trouble, streamsFor(shard))
  }
}

/** The order to fetch a zone that no publisher has given; it stands at no position. */
export function orderOf({ zone, shard, placement, quarantine, damage, reset }: Trouble): Release | undefined {
  const state = (reset ?? quarantine ?? damage)?.state
  if (state === undefined) return undefined
  const at = { position: 0n, after: 0n, base: undefined }
  const body = state.deleted ? ({ kind: 'tombstone' } as const) : ({ kind: 'fetch', octets: 0 } as const)
  return { kind: 'release', zone, shard, placement, state, ...at, body, note: undefined }
}

/** True for what replaces the zone as a whole, or may. */
export function isSnapshot({ body, base }: Release): boolean {
  return body.kind === 'fetch' || (body.kind === 'delta' && base === undefined)
}

/** What the store cannot write is no fault of the snapshot; nor is one that is there already. */
function countsAsFailure(reason: NackReason, state: ZoneState, have: ZoneState | undefined): boolean {
  if (have !== undefined && compareStates(have, state) >= 0) return false
  return reason === 'DIGEST_MISMATCH' || reason === 'MALFORMED' || reason === 'FETCH_FAILED'
}
