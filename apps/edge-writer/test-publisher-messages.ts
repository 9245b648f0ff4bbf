/** Follow as a publisher reads and writes it: for tests. */
import { create } from '@bufbuild/protobuf'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { required, stateFromMessage, stateToMessage, wholeDeltaToMessage, type NamedDelta } from '@zonecast/contract'
import {
  FollowResponseSchema,
  NackReason,
  type FollowRequest as RequestMessage,
  type FollowResponse as ResponseMessage,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import type { FollowRequest, FollowResponse, Nack, Release } from '@zonecast/sync'

export function requestFromMessage({ message }: RequestMessage): FollowRequest {
  switch (message.case) {
    case 'hello': {
      const { $typeName: _, shards, ...hello } = message.value
      return { kind: 'hello', ...hello, shards: shards.map((level) => ({ ...level, zones: Number(level.zones) })) }
    }
    case 'have': {
      const entries = message.value.entries.map(({ have, ...entry }) => ({ ...entry, have: have && stateFromMessage(have) }))
      return { kind: 'have', shard: message.value.shard, shardPosition: message.value.shardPosition, entries }
    }
    case 'ack': {
      const { state, appliedAt, startedAt: _, ...ack } = message.value
      const at = timestampMs(required(appliedAt, 'applied_at'))
      return { kind: 'ack', ...ack, state: stateFromMessage(required(state, 'state')), at }
    }
    case 'answered': {
      const { zone, state, answeredAt, shard, shardPosition } = message.value
      const named = state ? { zone, state: stateFromMessage(state) } : { zone: undefined, state: undefined }
      return { kind: 'answered', ...named, shard, shardPosition, at: answeredAt && timestampMs(answeredAt) }
    }
    case 'nack': {
      const { refused, have, reason, ...nack } = message.value
      const states = { refused: stateFromMessage(required(refused, 'refused')), have: have && stateFromMessage(have) }
      return { kind: 'nack', ...nack, ...states, reason: reasonOf(reason) }
    }
    case 'position': {
      const { logId, level, answeredPosition } = message.value
      const { shard, position } = required(level, 'level')
      return { kind: 'position', logId, shard, position, answered: answeredPosition }
    }
    case 'want':
      return { kind: 'want', shards: message.value.shards }
    default:
      return { kind: 'heartbeat' }
  }
}

function reasonOf(reason: NackReason): Nack['reason'] {
  return Object.entries(NackReason).find(([, value]) => value === reason)?.[0] as Nack['reason']
}

export function responseToMessage(response: FollowResponse): ResponseMessage {
  const { kind, ...value } = response
  if (response.kind === 'release') return releaseToMessage(response)
  if (response.kind === 'offer') {
    const entries = response.entries.map(({ state, ...entry }) => ({ ...entry, state: stateToMessage(state) }))
    return create(FollowResponseSchema, { message: { case: 'offer', value: { ...response, entries } } })
  }
  if (response.kind === 'checkpoint') {
    const level = { ...response.level, zones: BigInt(response.level.zones) }
    return create(FollowResponseSchema, { message: { case: 'checkpoint', value: { after: response.after, level } } })
  }
  return create(FollowResponseSchema, { message: { case: kind, value } as never })
}

function releaseToMessage({ body, base, state, zone, shard, position, after, placement }: Release): ResponseMessage {
  const message = {
    delta: () => ({ case: 'delta', value: wholeDeltaToMessage((body as { content: NamedDelta }).content) }) as const,
    tombstone: () => ({ case: 'tombstone', value: {} }) as const,
    fetch: () => ({ case: 'fetch', value: { octets: 1n } }) as const,
  }[body.kind]()
  const states = { state: stateToMessage(state), ...(base && { base: stateToMessage(base) }) }
  const value = { zone, shard, position, after, placement, ...states, body: message }
  return create(FollowResponseSchema, { message: { case: 'release', value } })
}
