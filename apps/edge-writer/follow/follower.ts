/** One publisher followed: the stream, its heartbeats, and the way back after a cut. */
import type { Client } from '@connectrpc/connect'
import type { FollowRequest, ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { AsyncQueue, backoff, type Clock, type Logger, pause, type Scheduled } from '@zonecast/runtime'
import type { FollowResponse } from '@zonecast/sync'
import type { Edge } from './edge.ts'
import { requestToMessage, responseFromMessage } from './messages.ts'

export interface FollowerOptions {
  readonly url: string
  readonly client: Client<typeof ReleaseService>
  readonly edge: Edge
  readonly clock: Clock
  readonly log: Logger
  readonly random?: () => number
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

/** One that says every second that it lives, and has not for so long, is taken for asleep: others are asked for its shards. */
const doubtMs = 3_000
/** A publisher that is busy may be late by this. */
const toleranceMs = 1_000
/** A stream that was followed for less is no reason to begin the pauses anew. */
const steadyMs = 1_000

/** Follows until closed; every cut is followed by a new stream after a pause with full jitter. */
export function follow({ url, client, edge, clock, log, random }: FollowerOptions): Follower {
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
      const beganAt = clock.monotonicMs()
      publisher.lastError = await ended(stream())
      if (closing.signal.aborted) return
      if (publisher.connected && clock.monotonicMs() - beganAt >= steadyMs) fruitless = 0
      publisher.connected = false
      log.warn({ url, reason: publisher.lastError }, 'not following a publisher; trying again')
      await pause(clock, backoff(fruitless, { baseMs: 100, maxMs: 5_000 }, random) + 10, closing.signal)
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
    const doubt = doubts(clock, (isSilent) => opened.silent(isSilent))
    const heart = heartbeats(() => void outgoing.push(requestToMessage({ kind: 'heartbeat' })), cut)
    try {
      for await (const message of client.follow(outgoing, { signal })) {
        heart.heard()
        publisher.lastHeardAt = clock.now()
        const response = responseFromMessage(message)
        if (response.kind === 'welcome') heart.every(welcomed(response))
        opened.received(response)
        doubt.heard(response.kind === 'shards')
      }
    } finally {
      heart.stop()
      doubt.stop()
      outgoing.end()
      publisher.stream = 0
      opened.closed()
    }
  }

  /** Says that the edge is there, and cuts the stream of a publisher that does not: TCP alone takes minutes to notice. */
  function heartbeats(send: () => void, cut: AbortController) {
    let intervalMs = defaultHeartbeatMs
    let heardAt = clock.monotonicMs()
    let timer = clock.schedule(intervalMs, beat)
    let watch = clock.schedule(longestSilenceMs(), look)
    function longestSilenceMs(): number {
      return 2 * intervalMs + toleranceMs
    }
    function beat(): void {
      send()
      timer = clock.schedule(intervalMs, beat)
    }
    /** Not at a beat: the next one may be most of an interval late. */
    function look(): void {
      const silentMs = clock.monotonicMs() - heardAt
      if (silentMs >= longestSilenceMs()) cut.abort(new Error(`the publisher was silent for ${Math.round(silentMs)} ms`))
      else watch = clock.schedule(longestSilenceMs() - silentMs, look)
    }
    return {
      heard: () => void (heardAt = clock.monotonicMs()),
      every: (ms: number) => {
        intervalMs = ms
        timer.cancel()
        timer = clock.schedule(ms, beat)
        watch.cancel()
        look()
      },
      stop: () => {
        timer.cancel()
        watch.cancel()
      },
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

/** Tells when a publisher falls silent, and when it is heard again, from the first time that it `begins`. */
function doubts(clock: Clock, tell: (isSilent: boolean) => void) {
  let timer: Scheduled | undefined
  let isSilent = false
  const doubt = () => {
    isSilent = true
    tell(true)
  }
  return {
    heard: (begins: boolean) => {
      if (isSilent) tell(false)
      isSilent = false
      if (timer === undefined && !begins) return
      timer?.cancel()
      timer = clock.schedule(doubtMs, doubt)
    },
    stop: () => timer?.cancel(),
  }
}

/** Why a stream ended. An interrupted call rejects with the reason of the interruption as its cause. */
async function ended(streaming: Promise<void>): Promise<string> {
  try {
    await streaming
    return 'the publisher ended the stream'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
