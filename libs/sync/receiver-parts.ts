/** What the parts of a receiver share. */
import type { ZoneState } from '@zonecast/zone'
import type { Recalls } from './receiver-recalls.ts'
import type { Standing, Stream } from './receiver-shards.ts'
import type { Teller } from './receiver-tell.ts'
import type { ReceiverEffect, ReceiverEvent } from './receiver-types.ts'
import type { Work } from './receiver-work.ts'

export interface ReceiverParts {
  readonly stateOf: (zone: string) => ZoneState | undefined
  readonly headTerm: (zone: string, state: ZoneState) => Uint8Array
  readonly standing: Standing
  readonly work: Work
  readonly teller: Teller
  readonly recalls: Recalls
  readonly streams: ReadonlyMap<number, Stream>
  /** Streams whose publishers send a shard. */
  readonly streamsFor: (shard: number) => readonly Stream[]
  readonly emit: (effect: ReceiverEffect) => void
  /** Something of a shard may have moved: it is looked at when the event was taken. */
  readonly touch: (shard: number) => void
}

export type EventOf<Kind extends ReceiverEvent['kind']> = Extract<ReceiverEvent, { kind: Kind }>
