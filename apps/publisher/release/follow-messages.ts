/** Follow between the messages of the contract and those of libs/sync, as a publisher needs them. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { ContractError, required, stateFromMessage, stateToMessage, timeFromMessage } from '@zonecast/contract'
import {
  FollowResponseSchema,
  NackReason as NackReasonMessage,
  ResetOutcome,
  type FollowRequest as RequestMessage,
  type FollowResponse as ResponseMessage,
  type Have as HaveMessage,
  type Hello as HelloMessage,
  type Nack as NackMessage,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import type { FollowRequest, FollowResponse, Have, Hello, Nack, NackReason } from '@zonecast/sync'
import { releaseToMessage } from './release-encoding.ts'

/** A reason of a later protocol is taken for a fault of the store: the release is tried again after a pause. */
const reasonOf: Readonly<Record<NackReasonMessage, NackReason>> = {
  [NackReasonMessage.UNSPECIFIED]: 'STORE_FAILED',
  [NackReasonMessage.NOT_NEWER]: 'NOT_NEWER',
  [NackReasonMessage.BASE_MISMATCH]: 'BASE_MISMATCH',
  [NackReasonMessage.DIGEST_MISMATCH]: 'DIGEST_MISMATCH',
  [NackReasonMessage.MALFORMED]: 'MALFORMED',
  [NackReasonMessage.STORE_FAILED]: 'STORE_FAILED',
  [NackReasonMessage.VERSION_JUMP]: 'VERSION_JUMP',
  [NackReasonMessage.QUARANTINED]: 'QUARANTINED',
  [NackReasonMessage.FETCH_FAILED]: 'FETCH_FAILED',
  [NackReasonMessage.DAMAGED]: 'DAMAGED',
}

const outcomeOf: Readonly<Record<ResetOutcome, 'done' | 'fine' | 'failed'>> = {
  [ResetOutcome.UNSPECIFIED]: 'failed',
  [ResetOutcome.DONE]: 'done',
  [ResetOutcome.FINE]: 'fine',
  [ResetOutcome.FAILED]: 'failed',
}

/** Throws `ContractError` on a message that cannot be one. `now` stands in for times that an edge leaves out. */
export function requestFromMessage({ message }: RequestMessage, now: number): FollowRequest {
  switch (message.case) {
    case 'hello':
      return helloFrom(message.value)
    case 'have':
      return haveFrom(message.value)
    case 'ack': {
      const { zone, shard, position, state, shardPosition, appliedAt, startedAt } = message.value
      const times = { at: appliedAt ? timeFromMessage(appliedAt) : now, startedAt: startedAt && timeFromMessage(startedAt) }
      return {
        kind: 'ack',
        zone,
        shard,
        position,
        state: stateFromMessage(required(state, 'Ack.state')),
        shardPosition,
        ...times,
      }
    }
    case 'answered': {
      const { zone, shard, state, shardPosition, answeredAt, askedAt } = message.value
      const times = { at: answeredAt ? timeFromMessage(answeredAt) : now, askedAt: askedAt && timeFromMessage(askedAt) }
      const named = state ? { zone, state: stateFromMessage(state) } : { zone: undefined, state: undefined }
      return { kind: 'answered', ...named, shard, shardPosition, ...times }
    }
    case 'nack':
      return nackFrom(message.value)
    case 'position': {
      const { logId, level, answeredPosition } = message.value
      const { shard, position } = required(level, 'Position.level')
      return { kind: 'position', logId, shard, position, answered: answeredPosition }
    }
    case 'want':
      return { kind: 'want', shards: message.value.shards }
    case 'resetDone': {
      const { order, zone, shard, outcome, had, have, detail } = message.value
      const states = { had: had && stateFromMessage(had), have: have && stateFromMessage(have) }
      return { kind: 'resetDone', order, zone, shard, ...states, outcome: outcomeOf[outcome] ?? 'failed', detail }
    }
    case 'heartbeat':
      return { kind: 'heartbeat' }
    default:
      throw new ContractError('a message of no kind')
  }
}

export function responseToMessage(response: FollowResponse, now: number): ResponseMessage {
  switch (response.kind) {
    case 'release':
      return releaseToMessage(response)
    case 'welcome': {
      const { kind, shards, placements, ...rest } = response
      return create(FollowResponseSchema, {
        message: { case: kind, value: { ...rest, shards: [...shards], placements: [...placements] } },
      })
    }
    case 'shards': {
      const { kind, held, current } = response
      return create(FollowResponseSchema, { message: { case: kind, value: { held: [...held], current: [...current] } } })
    }
    case 'resume': {
      const { kind, shard, logId } = response
      return create(FollowResponseSchema, { message: { case: kind, value: { shard, logId } } })
    }
    case 'offer': {
      const { kind, shard, after } = response
      const entries = response.entries.map(({ zone, state, position }) => ({ zone, state: stateToMessage(state), position }))
      return create(FollowResponseSchema, { message: { case: kind, value: { shard, after, entries } } })
    }
    case 'checkpoint': {
      const { kind, after, level } = response
      return create(FollowResponseSchema, {
        message: { case: kind, value: { after, level: { ...level, zones: BigInt(level.zones) } } },
      })
    }
    case 'reset': {
      const { kind, state, ...rest } = response
      return create(FollowResponseSchema, { message: { case: kind, value: { ...rest, state: stateToMessage(state) } } })
    }
    case 'heartbeat':
      return create(FollowResponseSchema, { message: { case: 'heartbeat', value: { sentAt: timestampFromMs(now) } } })
  }
}

function helloFrom({
  protocol,
  edgeId,
  logId,
  shards,
  placements,
  heldPlacements,
  answered,
  divides,
  resets,
}: HelloMessage): Hello {
  const levels = shards.map(({ shard, position, setDigest, zones }) => ({ shard, position, setDigest, zones: Number(zones) }))
  return {
    kind: 'hello',
    protocol,
    edgeId,
    logId,
    shards: levels,
    placements,
    heldPlacements,
    divides,
    answered: answered.map(({ shard, position }) => ({ shard, position })),
    resets,
  }
}

function haveFrom({ shard, entries, shardPosition }: HaveMessage): Have {
  const have = entries.map(({ zone, position, satisfied, have: state }) => ({
    zone,
    position,
    satisfied,
    have: state && stateFromMessage(state),
  }))
  return { kind: 'have', shard, entries: have, shardPosition }
}

function nackFrom({ zone, shard, position, refused, reason, detail, have, shardPosition }: NackMessage): Nack {
  return {
    kind: 'nack',
    zone,
    shard,
    position,
    refused: stateFromMessage(required(refused, 'Nack.refused')),
    reason: reasonOf[reason] ?? 'STORE_FAILED',
    detail,
    have: have && stateFromMessage(have),
    shardPosition,
  }
}
