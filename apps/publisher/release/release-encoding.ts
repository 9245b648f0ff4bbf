/** Releases as octets: what all edges share is encoded once. */
import { create, toBinary, type UnknownField } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { stateToMessage, wholeDeltaToMessage, type NamedDelta } from '@zonecast/contract'
import {
  FollowResponseSchema,
  ReleaseSchema,
  type FollowResponse,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { DeltaPieceSchema } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import type { Release } from '@zonecast/sync'
import type { ReleaseNote } from '../ingest/recent-deltas.ts'

/** A delta as it stands in a Release. */
export class EncodedDelta {
  readonly octets: number
  /** The field of the message that holds it. */
  readonly field: UnknownField
  /** The last message made with it: edges that are level get the same one. */
  last: { readonly key: string; readonly message: FollowResponse } | undefined

  constructor(field: UnknownField) {
    this.field = field
    this.octets = field.data.length
  }
}

const deltaField = fieldNumber(ReleaseSchema.field['delta'])
const releaseField = fieldNumber(FollowResponseSchema.field['release'])

export function encodeDelta(named: NamedDelta): EncodedDelta {
  return new EncodedDelta(fieldOf(deltaField, toBinary(DeltaPieceSchema, wholeDeltaToMessage(named))))
}

/** A release as a message of Follow. */
export function releaseToMessage(release: Release): FollowResponse {
  const { body } = release
  const delta = body.kind === 'delta' ? (body.content as EncodedDelta) : undefined
  const { position, after, base } = release
  const key = `${position} ${after} ${base ? `${base.generation} ${base.version}` : ''}`
  if (delta?.last?.key === key) return delta.last.message
  const message = encodeRelease(release, delta)
  if (delta) delta.last = { key, message }
  return message
}

function encodeRelease({ zone, shard, position, after, state, base, placement, body, note }: Release, delta?: EncodedDelta) {
  const { changeIds, traceparent, committedAt } = note as ReleaseNote
  const message = create(ReleaseSchema, {
    zone,
    shard,
    position,
    after,
    state: stateToMessage(state),
    ...(base && { base: stateToMessage(base) }),
    placement,
    changeIds: [...changeIds],
    traceparent,
    ...(committedAt !== undefined && { committedAt: timestampFromMs(committedAt) }),
    ...(body.kind === 'tombstone' && { body: { case: 'tombstone', value: {} } }),
    ...(body.kind === 'fetch' && { body: { case: 'fetch', value: { octets: BigInt(body.octets) } } }),
  })
  // A field that was encoded before is written as it is, and so is the message around it.
  if (delta) message.$unknown = [delta.field]
  const response = create(FollowResponseSchema)
  response.$unknown = [fieldOf(releaseField, toBinary(ReleaseSchema, message))]
  return response
}

/** The message behind its length, in octets of just the size. */
function fieldOf(no: number, message: Uint8Array): UnknownField {
  const { length } = message
  const lengthOctets = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 0
  if (lengthOctets === 0) return { no, wireType: WireType.LengthDelimited, data: new BinaryWriter().bytes(message).finish() }
  const data = new Uint8Array(lengthOctets + length)
  for (let i = 0; i < lengthOctets; i++) data[i] = ((length >>> (7 * i)) & 0x7f) | (i < lengthOctets - 1 ? 0x80 : 0)
  data.set(message, lengthOctets)
  return { no, wireType: WireType.LengthDelimited, data }
}

function fieldNumber(field: { readonly number: number } | undefined): number {
  if (field === undefined) throw new Error('the schema of a release has lost a field')
  return field.number
}
