/** Events into a Kafka topic: keyed by zone, a shard's events in one partition, with an idempotent producer. */
import type { Producer } from '@platformatic/kafka'
import type { EventSink, PublishedEvent } from './event-log.ts'
import { clientOptions, createTopic, kafkaClients, topicState, TopicMissing, type TopicState } from './kafka-client.ts'
import { encodeRecord } from './kafka-record.ts'
import type { KafkaSettings } from './kafka-settings.ts'

export interface KafkaSinkOptions {
  readonly settings: KafkaSettings
  readonly logId: Uint8Array
  readonly clientId: string
}

/** The topic is another one than was opened. */
export class TopicChanged extends Error {
  constructor(topic: string) {
    super(`the topic ${topic} was made anew`)
    this.name = 'TopicChanged'
  }
}

/** The partition that carries a shard: all of a shard's events keep their order there, and all events of a zone with them. */
export function partitionOf(shard: number, partitions: number): number {
  return shard % partitions
}

interface Message {
  readonly topic: string
  readonly partition: number
  readonly key: Buffer
  readonly value: Buffer
}

/** Brokers take 1 MiB at a time by their defaults. */
const mostOctets = 512 << 10
/** What a record takes beside key and value, at most. */
const frameOctets = 64

/** Messages in order, in parts that a broker takes. */
export function* partsOf(messages: readonly Message[]): Generator<Message[], void, undefined> {
  let part: Message[] = []
  let octets = 0
  for (const message of messages) {
    const own = message.key.length + message.value.length + frameOctets
    if (part.length > 0 && octets + own > mostOctets) {
      yield part
      part = []
      octets = 0
    }
    part.push(message)
    octets += own
  }
  if (part.length > 0) yield part
}

export function kafkaEventSink({ settings, logId, clientId }: KafkaSinkOptions): EventSink {
  const { topic } = settings
  let producer: Producer | undefined
  let opened: TopicState | undefined

  async function close(): Promise<void> {
    const closing = producer
    producer = undefined
    await closing?.close(true)
  }

  return {
    async open() {
      await close()
      const clients = await kafkaClients()
      producer = new clients.Producer({ ...clientOptions(settings, clientId), idempotent: true })
      opened = await topicState(producer, topic).catch(async (error: unknown) => {
        if (!(error instanceof TopicMissing)) throw error
        await createTopic(settings, clientId)
        return topicState(producer as Producer, topic)
      })
      // Brokers that cannot give a producer its number cannot take events either.
      await producer.initIdempotentProducer({})
      // After a restore everything is put there again, under the new log id.
      return { id: `${opened.id} ${Buffer.from(logId).toString('hex')}` }
    },
    async publish(events: readonly PublishedEvent[]) {
      if (producer === undefined) throw new Error('the sink is not open')
      // Said every few seconds, and else remembered: a topic that was made anew has nothing of what was put into the last.
      const { id, partitions } = await topicState(producer, topic)
      if (id !== opened?.id) throw new TopicChanged(topic)
      const messages = events.map((event) => ({
        topic,
        key: Buffer.from(event.head.zone),
        value: encodeRecord(logId, event),
        partition: partitionOf(event.head.shard, partitions),
      }))
      for (const part of partsOf(messages)) await producer.send({ messages: part })
    },
    close,
  }
}
