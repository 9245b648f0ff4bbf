/** What a publisher is told by its environment. */
import { kafkaSchema } from '@zonecast/event-log'
import { limitSchema } from '@zonecast/rpc'
import { z } from 'zod'
import { shardCount } from '@zonecast/zone'

const shards = z
  .string()
  .regex(/^\d{1,2}(-\d{1,2})?(,\d{1,2}(-\d{1,2})?)*$/, 'must be shards and ranges of shards, such as 0-31,40')
  .transform((text) => [...new Set(text.split(',').flatMap(rangeOf))].toSorted((a, b) => a - b))
  .refine((list) => list.length > 0 && (list.at(-1) as number) < shardCount, `shards are numbered from 0 to ${shardCount - 1}`)

/** Variables are named after these with the prefix `ZONECAST_`: `publisherId` is `ZONECAST_PUBLISHER_ID`. */
export const configSchema = z.object({
  /** Folder of the store. Losing it costs a fetch and nothing else. */
  data: z.string().default('.zonecast/publisher'),
  publisherId: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be lower-case letters, digits, dots and dashes')
    .default('publisher-1'),
  listenHost: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(8054),
  /** A clear-text port beside the other, with health and metrics alone; absent means none. */
  healthPort: z.number().int().min(0).max(65_535).optional(),
  /** Addresses of the zone API: content comes from one of them, progress goes to all. */
  zoneApiUrl: z.array(z.url()).min(1).default(['http://127.0.0.1:8053']),
  /** Holds the publisher's credential. */
  tokenFile: z.string(),
  /** Shards that this publisher holds; each edge chooses which of its publishers sends it one. */
  shards: shards.default(Array.from({ length: shardCount }, (_, shard) => shard)),
  /** Seconds, give or take a quarter, between comparisons of set digests, with the zone API and with each edge. */
  compareSeconds: z.number().int().min(1).max(86_400).default(60),
  /** The scrub reads all zones of the store through and compares them with their digests. */
  scrub: z
    .object({
      /** What one pass over all zones takes; 0 turns the scrub off. */
      passHours: z.number().min(0).max(10_000).default(24),
    })
    .prefault({}),
  /** PEM of the authority that signed the zone API's certificate. */
  caFile: z.string().optional(),
  /** What is shown to zone APIs that ask for a certificate. */
  clientCertFile: z.string().optional(),
  clientKeyFile: z.string().optional(),
  /** PEM of the program's own certificate, a chain beginning with its own, and of its key; without them its port speaks clear text. */
  tlsCertFile: z.string().optional(),
  tlsKeyFile: z.string().optional(),
  /** PEM of the authorities that clients' certificates are verified with: with it they are asked for one. */
  tlsCaFile: z.string().optional(),
  /** Whether clients must show one, or may. */
  tlsClientCertificates: z.enum(['required', 'optional']).default('required'),
  /** Sends the credential in clear text to other machines, and lets the port speak it where they reach it. */
  allowInsecure: z.boolean().default(false),
  /** With brokers, events come from their topic. */
  kafka: kafkaSchema,
  limit: limitSchema,
})

export type Config = z.output<typeof configSchema>

function rangeOf(text: string): number[] {
  const [first, last] = text.split('-').map(Number) as [number, number?]
  return Array.from({ length: Math.max(0, (last ?? first) - first + 1) }, (_, at) => first + at)
}
