/** An edge that keeps nothing but where it stands: it speaks the whole of Follow, and takes each release as applied and answered. */
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import {
  type FollowRequest,
  FollowRequestSchema,
  type FollowResponse,
  type Offer,
  type Release,
  type ReleaseService,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import { AsyncQueue } from '@zonecast/runtime'
import { protocolVersion } from '@zonecast/sync'

export interface LightFollowerOptions {
  readonly edgeId: string
  readonly client: Client<typeof ReleaseService>
  /** Told of each version that has come, by a release or by an offer. */
  readonly onState: (zone: string, version: bigint) => void
  readonly signal: AbortSignal
}

type Message = NonNullable<MessageInitShape<typeof FollowRequestSchema>['message']>

const waitingMessages = 4096
const heartbeatMs = 4_000

/** Follows until the signal; resolves then, and rejects where the stream ends by itself. `onWelcome` is told once the stream stands. */
export async function followLightly(options: LightFollowerOptions, onWelcome: () => void): Promise<void> {
  const { edgeId, client, signal } = options
  const outgoing = new AsyncQueue<FollowRequest>(waitingMessages)
  const send = (message: Message) => void outgoing.push(create(FollowRequestSchema, { message }))
  send({ case: 'hello', value: { protocol: protocolVersion, edgeId } })
  const heart = setInterval(() => send({ case: 'heartbeat', value: { sentAt: timestampNow() } }), heartbeatMs)
  try {
    for await (const response of client.follow(outgoing, { signal })) {
      if (response.message.case === 'welcome') onWelcome()
      answer(response.message, options, send)
    }
    throw new Error('the publisher ended the stream')
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    clearInterval(heart)
    outgoing.end()
  }
}

function answer(message: FollowResponse['message'], options: LightFollowerOptions, send: (message: Message) => void): void {
  if (message.case === 'offer') takeOffer(message.value, options, send)
  else if (message.case === 'release') takeRelease(message.value, options, send)
  else if (message.case === 'resume')
    send({ case: 'position', value: { logId: message.value.logId, level: { shard: message.value.shard } } })
}

/** It says that it has what is offered: content is not what is measured here. */
function takeOffer({ shard, entries }: Offer, { onState }: LightFollowerOptions, send: (message: Message) => void): void {
  const haves = entries.map(({ zone, position, state }) => ({ zone, position, satisfied: true, ...(state && { have: state }) }))
  const shardPosition = entries.at(-1)?.position ?? 0n
  send({ case: 'have', value: { shard, entries: haves, shardPosition } })
  send({ case: 'answered', value: { shard, shardPosition } })
  for (const { zone, state } of entries) onState(zone, state?.version ?? 0n)
}

/** One stream of one publisher sends a shard in position order: the release is where the edge stands. */
function takeRelease(release: Release, { onState }: LightFollowerOptions, send: (message: Message) => void): void {
  const { zone, shard, position, state } = release
  const at = timestampNow()
  const named = { zone, shard, ...(state && { state }), shardPosition: position }
  send({ case: 'ack', value: { ...named, position, appliedAt: at } })
  send({ case: 'answered', value: { ...named, answeredAt: at } })
  onState(zone, state?.version ?? 0n)
}
