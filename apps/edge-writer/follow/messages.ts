/** Follow between the messages of the contract and those of libs/sync, as an edge needs them. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  ContractError,
  required,
  stateFromMessage,
  stateToMessage,
  timeToMessage,
  wholeDeltaFromMessage,
} from '@zonecast/contract'
import {
  FollowRequestSchema,
  NackReason as NackReasonMessage,
  ResetOutcome,
  type FollowRequest as RequestMessage,
  type FollowResponse as ResponseMessage,
  type Release as ReleaseMessage,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import type { FollowRequest, FollowResponse, NackReason, Release, ReleaseBody, ShardLevel } from '@zonecast/sync'

/** What travels with a release beside its content. */
export interface ReleaseNote {
  readonly changeIds: readonly string[]
  readonly traceparent: string
}

const nackReasons: Readonly<Record<NackReason, NackReasonMessage>> = {
  NOT_NEWER: NackReasonMessage.NOT_NEWER,
  BASE_MISMATCH: NackReasonMessage.BASE_MISMATCH,
  DIGEST_MISMATCH: NackReasonMessage.DIGEST_MISMATCH,
  MALFORMED: NackReasonMessage.MALFORMED,
  STORE_FAILED: NackReasonMessage.STORE_FAILED,
  VERSION_JUMP: NackReasonMessage.VERSION_JUMP,
  QUARANTINED: NackReasonMessage.QUARANTINED,
  FETCH_FAILED: NackReasonMessage.FETCH_FAILED,
  DAMAGED: NackReasonMessage.DAMAGED,
}

const resetOutcomes = { done: ResetOutcome.DONE, fine: ResetOutcome.FINE, failed: ResetOutcome.FAILED } as const

export function requestToMessage(request: FollowRequest): RequestMessage {
  return create(FollowRequestSchema, { message: partOf(request) as never })
}

function partOf(request: FollowRequest): { case: string; value: object } {
  switch (request.kind) {
    case 'hello': {
      const { protocol, edgeId, logId, shards, placements, heldPlacements, answered, divides = false, resets = false } = request
      const levels = { shards: shards.map(levelToMessage), answered: [...answered] }
      return {
        case: 'hello',
        value: {
          protocol,
          edgeId,
          logId,
          ...levels,
          placements: [...placements],
          heldPlacements: [...heldPlacements],
          divides,
          resets,
        },
      }
    }
    case 'want':
      return { case: 'want', value: { shards: [...request.shards] } }
    case 'have': {
      const entries = request.entries.map(({ have, ...entry }) => ({ ...entry, ...(have && { have: stateToMessage(have) }) }))
      return { case: 'have', value: { shard: request.shard, entries, shardPosition: request.shardPosition } }
    }
    case 'ack': {
      const { kind, at, state, startedAt, ...rest } = request
      const times = { appliedAt: timeToMessage(at), ...(startedAt !== undefined && { startedAt: timeToMessage(startedAt) }) }
      return { case: kind, value: { ...rest, state: stateToMessage(state), ...times } }
    }
    case 'answered': {
      const { kind, at, state, zone, askedAt, ...rest } = request
      const named = state && { zone: zone ?? '', state: stateToMessage(state) }
      const asked = askedAt === undefined ? {} : { askedAt: timeToMessage(askedAt) }
      return { case: kind, value: { ...rest, ...named, ...asked, ...(at !== undefined && { answeredAt: timeToMessage(at) }) } }
    }
    case 'nack': {
      const { kind, refused, have, reason, ...rest } = request
      const states = { refused: stateToMessage(refused), ...(have && { have: stateToMessage(have) }) }
      return { case: kind, value: { ...rest, ...states, reason: nackReasons[reason] } }
    }
    case 'position': {
      const { kind, logId, shard, position, answered } = request
      return { case: kind, value: { logId, level: { shard, position }, answeredPosition: answered } }
    }
    case 'resetDone': {
      const { kind, had, have, outcome, ...rest } = request
      const states = { ...(had && { had: stateToMessage(had) }), ...(have && { have: stateToMessage(have) }) }
      return { case: kind, value: { ...rest, ...states, outcome: resetOutcomes[outcome] } }
    }
    case 'heartbeat':
      return { case: 'heartbeat', value: { sentAt: timestampFromMs(Date.now()) } }
  }
}

function levelToMessage({ zones, ...level }: ShardLevel) {
  return { ...level, zones: BigInt(zones) }
}

/** Throws `ContractError` on a message that cannot be one. */
export function responseFromMessage({ message }: ResponseMessage): FollowResponse {
  switch (message.case) {
    case 'welcome': {
      const { protocol, publisherId, logId, shards, heartbeatMilliseconds, placements } = message.value
      return { kind: 'welcome', protocol, publisherId, logId, shards, heartbeatMilliseconds, placements }
    }
    case 'shards':
      return { kind: 'shards', held: message.value.held, current: message.value.current }
    case 'resume':
      return { kind: 'resume', shard: message.value.shard, logId: message.value.logId }
    case 'offer': {
      const { shard, after, entries } = message.value
      const read = entries.map(({ zone, state, position }) => ({
        zone,
        state: stateFromMessage(required(state, 'OfferEntry.state')),
        position,
      }))
      return { kind: 'offer', shard, after, entries: read }
    }
    case 'release':
      return releaseFromMessage(message.value)
    case 'checkpoint': {
      const { shard, position, setDigest, zones } = required(message.value.level, 'Checkpoint.level')
      return { kind: 'checkpoint', after: message.value.after, level: { shard, position, setDigest, zones: Number(zones) } }
    }
    case 'reset': {
      const { order, zone, shard, state, placement, force } = message.value
      return { kind: 'reset', order, zone, shard, state: stateFromMessage(required(state, 'Reset.state')), placement, force }
    }
    case 'heartbeat':
      return { kind: 'heartbeat' }
    default:
      throw new ContractError('FollowResponse.message is missing')
  }
}

function releaseFromMessage(message: ReleaseMessage): Release {
  const { zone, shard, position, after, placement, changeIds, traceparent } = message
  const note: ReleaseNote = { changeIds, traceparent }
  return {
    kind: 'release',
    zone,
    shard,
    position,
    after,
    placement,
    state: stateFromMessage(required(message.state, 'Release.state')),
    base: message.base && stateFromMessage(message.base),
    body: bodyFromMessage(message.body),
    note,
  }
}

function bodyFromMessage(body: ReleaseMessage['body']): ReleaseBody {
  switch (body.case) {
    case 'delta': {
      const { removed, added } = body.value
      return { kind: 'delta', octets: removed.length + added.length, content: wholeDeltaFromMessage(body.value) }
    }
    case 'tombstone':
      return { kind: 'tombstone' }
    case 'fetch':
      return { kind: 'fetch', octets: Number(body.value.octets) }
    default:
      throw new ContractError('Release.body is missing')
  }
}
