/** Reads a topic from its end, broker by broker, without a group: whoever reads sees everything. */
import type { Admin, Consumer } from '@platformatic/kafka'
import type { AsyncQueue, Logger } from '@zonecast/runtime'
import type { EventBatch, ZoneEvent } from './event-log.ts'
import { clientOptions, kafkaClients, topicState, type TopicState } from './kafka-client.ts'
import { decodeRecord } from './kafka-record.ts'
import type { KafkaSettings } from './kafka-settings.ts'

export interface ReaderOptions {
  readonly settings: KafkaSettings
  readonly clientId: string
  readonly log: Logger
  readonly shards: ReadonlySet<number>
  /** Events of another log are not passed on; that there are some is. */
  readonly logId: Uint8Array
  readonly batches: AsyncQueue<EventBatch>
  readonly onLag?: (events: number) => void
}

/** How long a broker may wait for events before it answers. */
const waitMs = 2_000
const fetchOctets = 1 << 20

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

interface Place {
  /** The next offset to read. */
  offset: bigint
  /** The end of the partition, as last heard. */
  end: bigint
}

export class KafkaReader {
  readonly #options: ReaderOptions
  #consumer: Consumer | undefined
  readonly #places: Place[] = []
  /** Logs whose events were met and not passed on. */
  readonly #strangers = new Set<string>()
  #topic: TopicState | undefined
  #admin: Admin | undefined
  /** How far it had read when that was written down last. */
  #committed = ''
  #closed = false

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** Finds the end of each partition. */
  async open(): Promise<void> {
    const { settings, clientId } = this.#options
    const { topic } = settings
    const clients = await kafkaClients()
    if (this.#closed) return
    const consumer = new clients.Consumer({ ...clientOptions(settings, clientId), groupId: clientId, maxWaitTime: waitMs })
    this.#consumer = consumer
    this.#topic = await topicState(consumer, topic)
    const offsets = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []
    for (let partition = 0; partition < this.#topic.partitions; partition++) {
      const offset = offsets[partition] ?? 0n
      this.#places[partition] = { offset, end: offset }
    }
  }

  /** Reads for good; rejects when the topic is not what it was, or a broker is away. */
  async read(): Promise<void> {
    const { leaders } = this.#topic as TopicState
    await Promise.all([...new Set(leaders)].map((leader) => this.#readFrom(leader)))
  }

  /** Writes down how far it has read, so that lag can be seen from outside. Nothing of ours reads it. */
  async commit(): Promise<void> {
    const { settings, clientId } = this.#options
    const clients = await kafkaClients()
    this.#admin ??= new clients.Admin(clientOptions(settings, clientId))
    const partitionOffsets = this.#places.map(({ offset }, partition) => ({ partition, offset }))
    const read = this.#places.map(({ offset }) => offset).join()
    if (read === this.#committed) return
    await this.#admin.alterConsumerGroupOffsets({ groupId: clientId, topics: [{ name: settings.topic, partitionOffsets }] })
    this.#committed = read
  }

  async close(): Promise<void> {
    this.#closed = true
    // What is still under way is cut.
    await Promise.allSettled([this.#consumer?.close(true), this.#admin?.close()])
  }

  async #readFrom(node: number): Promise<void> {
    const { topic } = this.#options.settings
    const consumer = this.#consumer as Consumer
    const began = this.#topic as TopicState
    while (!this.#closed) {
      // Said every few seconds: new partitions, another leader and another topic are read from anew.
      const { id, partitions, leaders } = await topicState(consumer, topic)
      if (id !== began.id || partitions !== began.partitions || leaders.some((leader, at) => leader !== began.leaders[at]))
        throw new Error(`the topic ${topic} has changed`)
      const asked = began.leaders.flatMap((leader, partition) => (leader === node ? [this.#request(partition)] : []))
      const response = await consumer.fetch({
        node,
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: fetchOctets,
        topics: [{ topicId: id, partitions: asked }],
      })
      if (!this.#closed) await this.#take(response)
    }
  }

  #request(partition: number) {
    const { offset } = this.#places[partition] as Place
    return { partition, fetchOffset: offset, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: fetchOctets }
  }

  async #take({ responses }: FetchResponse): Promise<void> {
    const { batches, onLag } = this.#options
    const events: ZoneEvent[] = []
    let gap = false
    for (const { partitionIndex, highWatermark, records } of responses.flatMap(({ partitions }) => partitions)) {
      const place = this.#places[partitionIndex] as Place
      place.end = highWatermark
      for (const batch of records ?? []) {
        for (const { offsetDelta, value } of batch.records) {
          // A broker gives whole batches, with what comes before the offset that was asked for.
          if (value === null || batch.firstOffset + BigInt(offsetDelta) < place.offset) continue
          const event = this.#decode(value)
          if (event === 'stranger') gap = true
          else if (event && this.#options.shards.has(event.head.shard)) events.push(event)
        }
        const next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        if (next > place.offset) place.offset = next
      }
    }
    onLag?.(this.#places.reduce((lag, { offset, end }) => lag + Number(end > offset ? end - offset : 0n), 0))
    if (events.length > 0 || gap) await batches.push({ logId: undefined, gap, events })
  }

  /** An event of our log; `stranger` for the first of another log, which may be the one that heads have moved to. */
  #decode(octets: Buffer): ZoneEvent | 'stranger' | undefined {
    const { log, logId: ours } = this.#options
    try {
      const { logId, event } = decodeRecord(octets)
      if (Buffer.compare(logId, ours) === 0) return event
      const name = Buffer.from(logId).toString('hex')
      if (this.#strangers.has(name)) return undefined
      this.#strangers.add(name)
      log.info({ logId: name }, 'the topic has events of another log')
      return 'stranger'
    } catch (error) {
      log.warn({ err: error }, 'the topic has a message that is no event; it is passed over')
      return undefined
    }
  }
}
