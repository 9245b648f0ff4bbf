/** An event log apart from the zone API, watched beside the zone API itself: heads come from there whatever becomes of the log. */
import type { EventBatch, EventLog, WatchFrom } from '@zonecast/event-log'
import { ServingStatus } from '@zonecast/rpc'
import { AsyncQueue, backoff, type Clock, type Logger } from '@zonecast/runtime'
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

/** While the log is away heads are listed this often, at most: changes come late, but they come. */
const pauses = { baseMs: 250, maxMs: 5_000 }

/**
 * A watch ends when the zone API does not answer, as one of the zone API's own stream does. When the log is away it says `gap` again
 * and again until it is back.
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
    await batches.push({ logId: undefined, gap: true, events: [] })
    await pause(clock, backoff(attempt, pauses, random), from.signal)
  }
}

/** Waits for some time, or for the signal. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = clock.schedule(ms, resolve)
  const stop = () => resolve()
  signal.addEventListener('abort', stop)
  await promise
  signal.removeEventListener('abort', stop)
  timer.cancel()
}
