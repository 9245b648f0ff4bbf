/** States, headers, heads and deltas between messages and domain values. */
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { digestAlgorithm, type Delta, type Head, type ResumeToken, type VersionHeader, type ZoneState } from '@zonecast/zone'
import {
  DeltaPieceSchema,
  type DeltaPiece,
  HeadSchema,
  type Head as HeadMessage,
  ResumeTokenSchema,
  type ResumeToken as ResumeTokenMessage,
  VersionHeaderSchema,
  type VersionHeader as VersionHeaderMessage,
  ZoneStateSchema,
  type ZoneState as ZoneStateMessage,
} from './generated/zonecast/zone/v1/state_pb.ts'

/** A message that breaks the contract: its sender speaks another protocol than ours. */
export class ContractError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ContractError'
  }
}

export function stateToMessage(state: ZoneState): ZoneStateMessage {
  return create(ZoneStateSchema, { ...state, digestAlgorithm })
}

/** Throws `ContractError` on a digest of another algorithm or length. */
export function stateFromMessage(message: ZoneStateMessage): ZoneState {
  const { generation, version, serial, digest, deleted } = message
  if (!deleted && message.digestAlgorithm !== digestAlgorithm) {
    throw new ContractError(`digest algorithm ${message.digestAlgorithm} is not known here`)
  }
  if (digest.length !== (deleted ? 0 : 32)) throw new ContractError(`a digest of ${digest.length} octets`)
  return { generation, version, serial, digest, deleted }
}

export function headerToMessage(header: VersionHeader): VersionHeaderMessage {
  return create(VersionHeaderSchema, {
    state: stateToMessage(header.state),
    soa: header.soa,
    settings: header.settings,
    settingsVersion: header.settingsVersion,
    rrCount: BigInt(header.rrCount),
    rrsetCount: BigInt(header.rrsetCount),
    contentOctets: BigInt(header.contentOctets),
    placement: header.placement,
  })
}

export function headerFromMessage(message: VersionHeaderMessage): VersionHeader {
  return {
    state: stateFromMessage(required(message.state, 'VersionHeader.state')),
    soa: message.soa,
    settings: message.settings,
    settingsVersion: message.settingsVersion,
    rrCount: Number(message.rrCount),
    rrsetCount: Number(message.rrsetCount),
    contentOctets: Number(message.contentOctets),
    placement: message.placement,
  }
}

export function headToMessage(head: Head): HeadMessage {
  return create(HeadSchema, {
    ...head,
    state: stateToMessage(head.state),
    rrCount: BigInt(head.rrCount),
    contentOctets: BigInt(head.contentOctets),
  })
}

export function headFromMessage(message: HeadMessage): Head {
  return {
    zone: message.zone,
    state: stateFromMessage(required(message.state, 'Head.state')),
    settingsVersion: message.settingsVersion,
    shard: message.shard,
    position: message.position,
    placement: message.placement,
    rrCount: Number(message.rrCount),
    contentOctets: Number(message.contentOctets),
  }
}

export function tokenToMessage(token: ResumeToken): ResumeTokenMessage {
  return create(ResumeTokenSchema, { ...token })
}

export function tokenFromMessage({ generation, key, version }: ResumeTokenMessage): ResumeToken {
  return { generation, key, version }
}

/** A delta with the states it lies between. `base` is absent when it starts from nothing. */
export interface NamedDelta {
  readonly base: ZoneState | undefined
  readonly target: VersionHeader
  readonly delta: Delta
}

/** A delta in one piece. */
export function wholeDeltaToMessage({ base, target, delta }: NamedDelta): DeltaPiece {
  return create(DeltaPieceSchema, deltaHead(base, target, { removed: delta.removed, added: delta.added, last: true }))
}

/** A delta that came in one piece; throws `ContractError` when it is only a part. */
export function wholeDeltaFromMessage(piece: DeltaPiece): NamedDelta {
  if (!piece.last) throw new ContractError('a delta in several pieces where one was expected')
  return joinDeltaMessages([piece])
}

/** All pieces of a delta, in order. */
export function joinDeltaMessages(pieces: readonly DeltaPiece[]): NamedDelta {
  const first = required(pieces[0], 'DeltaPiece')
  return {
    base: first.base && stateFromMessage(first.base),
    target: headerFromMessage(required(first.target, 'DeltaPiece.target')),
    delta:
      pieces.length === 1
        ? { removed: first.removed, added: first.added }
        : { removed: concat(pieces.map(({ removed }) => removed)), added: concat(pieces.map(({ added }) => added)) },
  }
}

/** The parts of a delta as messages; the first names its states. */
export function* deltaMessages(
  base: ZoneState | undefined,
  target: VersionHeader,
  parts: Iterable<Delta & { readonly last: boolean }>,
): Generator<DeltaPiece, void, undefined> {
  let first = true
  for (const { removed, added, last } of parts) {
    const piece = { removed, added, last }
    yield create(DeltaPieceSchema, first ? deltaHead(base, target, piece) : piece)
    first = false
  }
}

/** A field that the contract demands. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new ContractError(`${field} is missing`)
  return value
}

function deltaHead(
  base: ZoneState | undefined,
  target: VersionHeader,
  piece: { removed: Uint8Array; added: Uint8Array; last: boolean },
): MessageInitShape<typeof DeltaPieceSchema> {
  const head = { ...piece, target: headerToMessage(target) }
  return base ? { ...head, base: stateToMessage(base) } : head
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
