/** What is in a topic, and what it was told before told again. */
import { fromBinary } from '@bufbuild/protobuf'
import { Consumer, Producer } from '@platformatic/kafka'
import { LogRecordSchema } from '@zonecast/contract/generated/zonecast/event/v1/log_record_pb'
import type { ZoneState } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
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

/** All messages of a topic. */
export async function readAll(broker: KafkaBroker, topic: string): Promise<Message[]> {
  const consumer = new Consumer({ ...topicClient, bootstrapBrokers: [broker.address], groupId: 'test' })
  const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []
  const { id } = (await consumer.metadata({ topics: [topic] })).topics.get(topic)!
  const messages: Message[] = []
  for (const [partition, end] of ends.entries()) {
    for (let next = 0n; next < end;) {
      const from = { partition, fetchOffset: next, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: 1 << 20 }
      const topics = [{ topicId: id, partitions: [from] }]
      const { responses } = await consumer.fetch({ node: 1, maxWaitTime: 1_000, minBytes: 1, maxBytes: 1 << 20, topics })
      const batches = responses.flatMap(({ partitions }) => partitions).flatMap(({ records }) => records ?? [])
      for (const { key, value } of batches.flatMap((batch) => batch.records))
        if (key && value) messages.push({ topic, partition, key: Buffer.from(key), value: Buffer.from(value) })
      next = batches.reduce((last, batch) => batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n, next)
    }
  }
  await consumer.close()
  return messages
}

/** What the topic tells last of each zone: its state, or `deleted`. */
export async function newestIn(broker: KafkaBroker, topic: string): Promise<Map<string, string>> {
  const newest = new Map<string, string>()
  for (const { value } of await readAll(broker, topic)) {
    const head = fromBinary(LogRecordSchema, value).event?.head
    if (head?.state) newest.set(head.zone, head.state.deleted ? 'deleted' : stateText(head.state))
  }
  return newest
}

/** A state in one line. */
export function stateText({ generation, version, digest }: Pick<ZoneState, 'generation' | 'version' | 'digest'>): string {
  return `${generation}/${version}/${Buffer.from(digest).toString('hex')}`
}
