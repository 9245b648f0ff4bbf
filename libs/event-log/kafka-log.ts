/** The event log on Kafka: whoever watches reads the topic from its end; what was before, heads tell. */
import { AsyncQueue, type Clock, type Logger, type Scheduled } from '@zonecast/runtime'
import type { EventBatch, EventLog, WatchFrom } from './event-log.ts'
import { KafkaReader } from './kafka-reader.ts'
import type { KafkaSettings } from './kafka-settings.ts'

export interface KafkaLogOptions {
  readonly settings: KafkaSettings
  /** Names this watcher to the brokers; how far it has read is written down under this name, for whoever measures lag. */
  readonly clientId: string
  readonly clock: Clock
  readonly log: Logger
  /** Told how many events of the topic are still to be read. */
  readonly onLag?: (events: number) => void
}

/** Batches that wait for the watcher: then reading waits, too. */
const batchesAhead = 64
const commitMs = 5_000

/**
 * Every watch begins at the end of the topic with a batch that says `gap`, so that heads are listed once it is open: what is in the
 * topic by then is listed, and what comes later is read. Offsets are never gone back to.
 */
export function kafkaEventLog(options: KafkaLogOptions): EventLog {
  return { watch: (from) => watch(options, from) }
}

async function* watch(
  options: KafkaLogOptions,
  { positions, logId, signal }: WatchFrom,
): AsyncGenerator<EventBatch, void, undefined> {
  signal.throwIfAborted()
  const batches = new AsyncQueue<EventBatch>(batchesAhead)
  const stopped = Promise.withResolvers<never>()
  stopped.promise.catch(() => {})
  const stop = () => {
    batches.fail(signal.reason)
    stopped.reject(signal.reason)
  }
  signal.addEventListener('abort', stop)
  const reader = new KafkaReader({ ...options, shards: new Set(positions.keys()), logId, batches })
  let committing: Scheduled | undefined
  const commitLater = () => {
    committing = options.clock.schedule(commitMs, () => {
      reader.commit().catch((error: unknown) => options.log.debug({ err: error }, 'offsets could not be written down'))
      commitLater()
    })
  }
  try {
    await Promise.race([reader.open(), stopped.promise])
    yield { logId: undefined, gap: true, events: [] }
    commitLater()
    reader.read().catch((error: unknown) => batches.fail(error))
    for await (const batch of batches) yield batch
  } finally {
    signal.removeEventListener('abort', stop)
    committing?.cancel()
    await reader.close()
  }
}
