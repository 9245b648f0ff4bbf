/** A publisher that sends what the drill tells it to, on a real release stream, whatever an honest one would do. */
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import {
  type FollowRequest,
  type FollowResponse,
  FollowResponseSchema,
  NackReasonSchema,
  ReleaseService,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { createRpcServer, principalOfRole, unauthenticated } from '@zonecast/rpc'
import { AsyncQueue, createMetrics, silentLogger } from '@zonecast/runtime'

type Said = FollowRequest['message']

export interface DrillPublisher {
  readonly url: string
  /** Resolves when the edge follows. */
  readonly followed: Promise<void>
  /** Sends a message, and resolves with what the edge answers to this position: `ACK`, or the reason of its refusal. */
  send(message: MessageInitShape<typeof FollowResponseSchema>['message'], position: bigint): Promise<string>
  /** Resolves when the edge has said that it answers this version. */
  answered(version: bigint): Promise<void>
  close(): Promise<void>
}

const allShards = Array.from({ length: 64 }, (_, shard) => shard)
/** An edge that says nothing to a release for so long has not refused it. */
const longestMs = 15_000

export interface DrillPublisherOptions {
  readonly publisherId: string
  readonly logId: Uint8Array
  readonly edgeId: string
  readonly token: string
}

export async function startDrillPublisher({ publisherId, logId, edgeId, token }: DrillPublisherOptions): Promise<DrillPublisher> {
  const outgoing = new AsyncQueue<FollowResponse>(256)
  const heard: Said[] = []
  let wake: () => void = () => {}
  let entered: () => void = () => {}
  const followed = new Promise<void>((resolve) => {
    entered = resolve
  })
  const say = (message: MessageInitShape<typeof FollowResponseSchema>['message']) =>
    void outgoing.push(create(FollowResponseSchema, { message } as MessageInitShape<typeof FollowResponseSchema>))

  async function read(requests: AsyncIterable<FollowRequest>): Promise<void> {
    for await (const { message } of requests) {
      heard.push(message)
      wake()
    }
  }

  async function* follow(requests: AsyncIterable<FollowRequest>) {
    const own = { protocol: 1, publisherId, heartbeatMilliseconds: 60_000, placements: ['default'] }
    say({ case: 'welcome', value: { ...own, logId, shards: allShards } })
    read(requests)
      .catch(() => {})
      .finally(() => outgoing.end())
    entered()
    yield* outgoing
  }

  /** The first thing heard, past ones included, of which something can be said. */
  async function hears<T>(find: (said: Said) => T | undefined): Promise<T | undefined> {
    const deadline = performance.now() + longestMs
    for (;;) {
      for (const said of heard) {
        const found = find(said)
        if (found !== undefined) return found
      }
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return undefined
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  const principal = { ...principalOfRole(edgeId, 'edge'), edgeId, placements: ['default'] }
  const server = createRpcServer({
    services: [ReleaseService, AccessService],
    log: silentLogger(),
    metrics: createMetrics('drill'),
    drainMs: 50,
    guard: { authenticate: (shown) => (shown.kind === 'token' && shown.token === token ? principal : undefined) },
    routes: (router) => {
      router.service(ReleaseService, {
        follow,
        fetchZone: () => {
          throw unauthenticated('the drill has nothing to fetch')
        },
      })
      router.service(AccessService, {})
    },
  })
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    followed,
    send: async (message, position) => {
      say(message)
      return (await hears((said) => answerTo(said, position))) ?? 'no answer'
    },
    answered: async (version) => {
      await hears((said) => (said.case === 'answered' && (said.value.state?.version ?? 0n) >= version ? true : undefined))
    },
    close: async () => {
      outgoing.end()
      await server.close()
    },
  }
}

/** What the edge says to a position; a Checkpoint that it does not believe it answers by asking for the shard from the start. */
function answerTo(said: Said, position: bigint): string | undefined {
  if (said.case === 'ack' && said.value.position === position) return 'ACK'
  if (said.case === 'nack' && said.value.position === position) return reasonOf(said.value.reason)
  if (said.case === 'position' && position === 0n) return 'LIST AGAIN'
  return undefined
}

function reasonOf(reason: number): string {
  return NackReasonSchema.values.find(({ number }) => number === reason)?.localName ?? String(reason)
}
