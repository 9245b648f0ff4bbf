/** One publisher followed: the stream, its heartbeats, and the way back after a cut. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@connectrpc/connect'
import type { FollowRequest, ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { AsyncQueue, backoff, type Clock, type Logger } from '@zonecast/runtime'
import type { FollowResponse } from '@zonecast/sync'
import type { Edge } from './edge.ts'
import { requestToMessage, responseFromMessage } from './messages.ts'

export interface FollowerOptions {
  readonly url: string
  readonly client: Client<typeof ReleaseService>
  readonly edge: Edge
  readonly clock: Clock
  readonly log: Logger
}

/** What is known of a publisher. */
export interface FollowedPublisher {
  readonly url: string
  publisherId: string
  connected: boolean
  /** Number of the present stream; 0 while there is none. */
  stream: number
  lastHeardAt: number | undefined
  lastError: string
}

export interface Follower {
  readonly client: Client<typeof ReleaseService>
  readonly publisher: Readonly<FollowedPublisher>
  close(): Promise<void>
}

/** Messages to the publisher that may wait; acknowledgements are small, and their number is bounded by what it has in flight. */
const outgoingMessages = 4096
/** Until the Welcome says otherwise. */
const defaultHeartbeatMs = 5_000

/** Follows until closed; every cut is followed by a new stream after a pause with full jitter. */
export function follow({ url, client, edge, clock, log }: FollowerOptions): Follower {
  const closing = new AbortController()
  const publisher: FollowedPublisher = {
    url,
    publisherId: '',
    connected: false,
    stream: 0,
    lastHeardAt: undefined,
    lastError: '',
  }

  async function run(): Promise<void> {
    for (let fruitless = 0; !closing.signal.aborted; fruitless++) {
      try {
        await stream()
        publisher.lastError = 'the publisher ended the stream'
      } catch (error) {
        if (closing.signal.aborted) return
        publisher.lastError = error instanceof Error ? error.message : String(error)
      }
      if (publisher.connected) fruitless = 0
      publisher.connected = false
      log.warn({ url, reason: publisher.lastError }, 'not following a publisher; trying again')
      await sleep(backoff(fruitless, { baseMs: 100, maxMs: 5_000 }) + 10, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  async function stream(): Promise<void> {
    const cut = new AbortController()
    const signal = AbortSignal.any([cut.signal, closing.signal])
    const outgoing = new AsyncQueue<FollowRequest>(outgoingMessages)
    const opened = edge.open({
      send: (message) => void outgoing.push(requestToMessage(message)),
      close: (reason) => cut.abort(new Error(reason)),
    })
    publisher.stream = opened.id
    let heartbeatMs = defaultHeartbeatMs
    let heardAt = clock.monotonicMs()
    const beat = () => {
      if (clock.monotonicMs() - heardAt > 2 * heartbeatMs + 1_000) cut.abort(new Error('the publisher is silent'))
      void outgoing.push(requestToMessage({ kind: 'heartbeat' }))
      timer = clock.schedule(heartbeatMs, beat)
    }
    let timer = clock.schedule(heartbeatMs, beat)
    try {
      for await (const message of client.follow(outgoing, { signal })) {
        heardAt = clock.monotonicMs()
        publisher.lastHeardAt = clock.now()
        const response = responseFromMessage(message)
        if (response.kind === 'welcome') heartbeatMs = welcomed(response)
        opened.received(response)
      }
    } finally {
      timer.cancel()
      outgoing.end()
      publisher.stream = 0
      opened.closed()
    }
  }

  function welcomed({ publisherId, heartbeatMilliseconds }: Extract<FollowResponse, { kind: 'welcome' }>): number {
    publisher.publisherId = publisherId
    publisher.connected = true
    publisher.lastError = ''
    log.info({ url, publisher: publisherId }, 'following a publisher')
    return heartbeatMilliseconds || defaultHeartbeatMs
  }

  const running = run()
  return {
    client,
    publisher,
    close: async () => {
      closing.abort(new Error('the edge is stopping'))
      await running
    },
  }
}
