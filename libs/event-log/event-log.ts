/** The port through which publishers learn that zones have new heads. */
import type { headFromMessage, NamedDelta } from '@zonecast/contract'

/** A zone has a new head. */
export interface ZoneEvent {
  readonly head: ReturnType<typeof headFromMessage>
  /** The delta from the version before, where it is small and the log carries it; absent, it is fetched. */
  readonly delta: NamedDelta | undefined
  /** Changes that made the version. */
  readonly changeIds: readonly string[]
  /** W3C trace context of the change; empty where there is none. */
  readonly traceparent: string
  /** Unix milliseconds; undefined where the log does not say. */
  readonly committedAt: number | undefined
  /**
   * The position of its shard up to which everything came before this event. A log that keeps its order by itself does not say; with
   * one that may lose or repeat events, a watcher that does not stand there yet lists heads.
   */
  readonly after?: bigint
}

/** What the log says at once. */
export interface EventBatch {
  /** The log id that positions belong to from here on, where the log knows it; in the first batch, and whenever it moves. */
  readonly logId: Uint8Array | undefined
  /** True when events before these may be missing: the watcher lists the heads of its shards. */
  readonly gap: boolean
  /** In position order within each shard, and without a gap none is left out; unless they say `after`, which then tells. */
  readonly events: readonly ZoneEvent[]
}

/** Where a watcher stands. */
export interface WatchFrom {
  /** The shards to watch, each with the position up to which the watcher knows every head. */
  readonly positions: ReadonlyMap<number, bigint>
  /** The log id of these positions; empty when the watcher has none. */
  readonly logId: Uint8Array
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/**
 * Events only wake: heads are the truth, so an adapter may lose, repeat and delay events, but says `gap` where it may have lost any.
 * `eventLogContract` is what every adapter passes.
 */
export interface EventLog {
  /** The first batch comes at once, without events perhaps. Throws where the log is away; its caller comes back. */
  watch(from: WatchFrom): AsyncIterable<EventBatch>
}

/** A head on its way into a log apart from the zone API. */
export type PublishedEvent = Omit<ZoneEvent, 'delta'> & { readonly after: bigint }

/** The other end of a log that is apart from the zone API: where the zone API puts its events. */
export interface EventSink {
  /** Makes sure that there is a log, and gives what tells it from every other one. Throws where it cannot be reached. */
  open(): Promise<{ readonly id: string }>
  /** Resolves when the log has them for good. Throws where it is not certain; its caller opens it again and repeats what came after. */
  publish(events: readonly PublishedEvent[]): Promise<void>
  close(): Promise<void>
}
