/** Clients of a Kafka cluster by our settings, and the topic that events go through. */
import type { Admin, BaseOptions, ClusterMetadata, SASLOptions } from '@platformatic/kafka'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaSettings, usesTLS } from './kafka-settings.ts'

/** Loaded by those who have brokers: it takes half a second and 57 MiB. */
export const kafkaClients = () => import('@platformatic/kafka')

/** How the topic stands at the moment. */
export interface TopicState {
  /** A topic made anew under the same name has another id. */
  readonly id: string
  readonly partitions: number
  /** The broker that leads each partition. */
  readonly leaders: readonly number[]
}

/** What the brokers say of our topic is good for so long. */
const metadataMs = 5_000
/** A broker that says nothing for so long is away. */
const requestMs = 5_000

/** Nothing is tried again behind our back: whoever calls comes back, and knows that something may be missing. */
export function clientOptions(settings: KafkaSettings, clientId: string): BaseOptions {
  const { brokers, saslMechanism, saslUser, saslPassword } = settings
  const sasl: SASLOptions | undefined = saslMechanism && {
    mechanism: saslMechanism,
    username: saslUser as string,
    password: saslPassword as string,
  }
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    retries: false,
    connectTimeout: 3_000,
    requestTimeout: requestMs,
    timeout: requestMs,
    metadataMaxAge: metadataMs,
    ...(sasl && { sasl }),
    ...(usesTLS(settings) && { tls: tlsOptions(settings), tlsServerName: !brokers.some(hasAddress) }),
  }
}

/** TLS names no server by its address (RFC 6066 §3). */
function hasAddress(broker: string): boolean {
  return isIP(broker.slice(0, broker.lastIndexOf(':')).replace(/^\[|\]$/g, '')) !== 0
}

function tlsOptions({ tlsCaFile, tlsCertFile, tlsKeyFile }: KafkaSettings) {
  return {
    ...(tlsCaFile !== undefined && { ca: readFileSync(tlsCaFile) }),
    ...(tlsCertFile !== undefined && { cert: readFileSync(tlsCertFile) }),
    ...(tlsKeyFile !== undefined && { key: readFileSync(tlsKeyFile) }),
  }
}

/** There is no topic of this name. */
export class TopicMissing extends Error {
  constructor(topic: string) {
    super(`there is no topic ${topic}`)
    this.name = 'TopicMissing'
  }
}

/** The topic as the client knows it, asked anew every few seconds. */
export async function topicState(
  client: { metadata(options: { topics: string[] }): Promise<ClusterMetadata> },
  topic: string,
): Promise<TopicState> {
  const { topics } = await client.metadata({ topics: [topic] }).catch((error: unknown) => {
    // The client has only a sentence for it.
    throw String(error).includes(`Unknown topic ${topic}`) ? new TopicMissing(topic) : error
  })
  const found = topics.get(topic)
  if (found === undefined) throw new TopicMissing(topic)
  const { id, partitions, partitionsCount } = found
  return { id, partitions: partitionsCount, leaders: partitions.map(({ leader }) => leader) }
}

/** Creates the topic where it is not there: compacted, so that it holds the newest event of each zone and no more for long. */
export async function createTopic(settings: KafkaSettings, clientId: string): Promise<void> {
  const { topic, partitions, replicas = -1 } = settings
  const { Admin } = await kafkaClients()
  const admin = new Admin(clientOptions(settings, clientId))
  try {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    await admin.createTopics({ topics: [topic], partitions, replicas, configs })
    await untilServed(admin, topic, partitions)
  } catch (error) {
    if (!isApiError(error, 'TOPIC_ALREADY_EXISTS')) throw error
  } finally {
    await admin.close()
  }
}

/** A topic is known before its partitions take anything. */
async function untilServed(admin: Admin, topic: string, count: number): Promise<void> {
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await admin.listOffsets({ topics: [{ name: topic, partitions }] })
      return
    } catch {
      await sleep(50)
    }
  }
}

/** True when an error, or one of those that it holds, is this answer of a broker. */
export function isApiError(error: unknown, apiId: string): boolean {
  const { apiId: own, errors = [], cause } = error as { apiId?: string; errors?: unknown[]; cause?: unknown }
  return own === apiId || errors.some((one) => isApiError(one, apiId)) || (cause !== undefined && isApiError(cause, apiId))
}
