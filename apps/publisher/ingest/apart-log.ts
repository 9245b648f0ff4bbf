/** An event log apart from the zone API, watched beside the zone API itself: heads come from there whatever becomes of the log. */
import type { EventBatch, EventLog, WatchFrom } from '@zonecast/event-log'
import { ServingStatus } from '@zonecast/rpc'
import { AsyncQueue, backoff, type Clock, type Logger, pause } from '@zonecast/runtime'
import type { ZoneApiAddress } from './zone-api.ts'

export interface ApartLogPorts {
  readonly apart: EventLog
  readonly zoneApi: () => Pick<ZoneApiAddress, 'health'>
  readonly clock: Clock
  readonly log: Logger
  /** Told when the log is reached or away. */
  readonly onReached: (reached: boolean) => void
  readonly random?: () => number
}

const gap: EventBatch = { logId: undefined, gap: true, events: [] }
/** While the log is away heads are listed this often, at most: changes come late, but they come. */
const pauses = { baseMs: 250, maxMs: 5_000 }

/** Under this name the health service of the zone API says whether it puts events into the log. */
const relayService = 'zonecast.relay'

/**
 * A watch ends when the zone API does not answer, as one of the zone API's own stream does. While the log is away, or the zone API puts
 * nothing into it, the watch says `gap` again and again.
 */
export function apartLog(ports: ApartLogPorts): EventLog {
  return { watch: (from) => watch(ports, from) }
}

async function* watch(ports: ApartLogPorts, from: WatchFrom): AsyncGenerator<EventBatch, void, undefined> {
  const ended = new AbortController()
  const signal = AbortSignal.any([from.signal, ended.signal])
  const batches = new AsyncQueue<EventBatch>(1)
  const serving = Promise.withResolvers<void>()
  const fail = (error: unknown) => {
    serving.reject(error)
    batches.fail(error)
  }
  signal.addEventListener('abort', () => fail(signal.reason))
  serving.promise.catch(() => {})
  watchHealth(ports, signal, serving.resolve).catch(fail)
  try {
    await serving.promise
    watchRelay(ports, signal, batches).catch(fail)
    void read(ports, { ...from, signal }, batches)
    for await (const batch of batches) yield batch
  } finally {
    ended.abort()
  }
}

/** Rejects when the zone API does not serve any more. */
async function watchHealth({ zoneApi }: ApartLogPorts, signal: AbortSignal, serving: () => void): Promise<never> {
  for await (const { status } of zoneApi().health.watch({ service: '' }, { signal })) {
    if (status !== ServingStatus.SERVING) break
    serving()
  }
  throw new Error('the zone API does not serve any more')
}

/** Has heads listed for as long as the zone API does not put its events into the log. */
async function watchRelay(
  { zoneApi, ...ports }: ApartLogPorts,
  signal: AbortSignal,
  batches: AsyncQueue<EventBatch>,
): Promise<void> {
  let changed = new AbortController()
  for await (const { status } of zoneApi().health.watch({ service: relayService }, { signal })) {
    changed.abort()
    changed = new AbortController()
    if (status === ServingStatus.SERVING) continue
    ports.log.warn('the zone API does not put its events into Kafka; heads are listed until it does')
    void listAgainAndAgain(ports, AbortSignal.any([signal, changed.signal]), batches)
  }
}

async function listAgainAndAgain(
  { clock, random }: Pick<ApartLogPorts, 'clock' | 'random'>,
  signal: AbortSignal,
  batches: AsyncQueue<EventBatch>,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    await pause(clock, backoff(attempt, pauses, random), signal)
    if (!signal.aborted) await batches.push(gap)
  }
}

/** Reads the log for as long as the watch lasts, over all its breaks. */
async function read(ports: ApartLogPorts, from: WatchFrom, batches: AsyncQueue<EventBatch>): Promise<void> {
  const { apart, clock, log, onReached, random } = ports
  let reached: boolean | undefined
  for (let attempt = 0; !from.signal.aborted; attempt++) {
    try {
      for await (const batch of apart.watch(from)) {
        if (reached !== true) log.info('events come from Kafka')
        if (reached !== true) onReached(true)
        reached = true
        attempt = 0
        await batches.push(batch)
      }
    } catch (error) {
      if (from.signal.aborted) return
      if (reached !== false) log.warn({ err: error }, 'Kafka is away; heads are listed until it is back')
    }
    if (reached !== false) onReached(false)
    reached = false
    await batches.push(gap)
    await pause(clock, backoff(attempt, pauses, random), from.signal)
  }
}
