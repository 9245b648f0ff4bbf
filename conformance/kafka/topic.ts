/** What is in a topic, and what it was told before told again. */
import { Consumer, Producer } from '@platformatic/kafka'
import type { KafkaBroker } from '../lib/kafka.ts'

export interface Message {
  readonly topic: string
  readonly partition: number
  readonly key: Buffer
  readonly value: Buffer
}

export const topicClient = { clientId: 'test', retries: 10, retryDelay: 200 }

export async function publishAgain(broker: KafkaBroker, messages: Message[]): Promise<void> {
  const producer = new Producer({ ...topicClient, bootstrapBrokers: [broker.address] })
  await producer.send({ messages })
  await producer.close()
}

/** All messages of a topic, where it is short. */
export async function readAll(broker: KafkaBroker, topic: string): Promise<Message[]> {
  const consumer = new Consumer({ ...topicClient, bootstrapBrokers: [broker.address], groupId: 'test' })
  const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []
  const { id } = (await consumer.metadata({ topics: [topic] })).topics.get(topic)!
  const messages: Message[] = []
  for (const [partition, end] of ends.entries()) {
    if (end === 0n) continue
    const from = { partition, fetchOffset: 0n, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: 1 << 20 }
    const topics = [{ topicId: id, partitions: [from] }]
    const { responses } = await consumer.fetch({ node: 1, maxWaitTime: 1_000, minBytes: 1, maxBytes: 1 << 20, topics })
    for (const { records } of responses.flatMap(({ partitions }) => partitions))
      for (const { key, value } of (records ?? []).flatMap((batch) => batch.records))
        if (key && value) messages.push({ topic, partition, key: Buffer.from(key), value: Buffer.from(value) })
  }
  await consumer.close()
  return messages
}
