/** What an edge is told by its environment. */
import { limitSchema } from '@zonecast/rpc'
import { z } from 'zod'

const hostAndPort = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:.]+\]|[^:\s]+):\d{1,5}$/, 'must be host:port, an IPv6 address in brackets')
  .transform((text) => {
    const at = text.lastIndexOf(':')
    return { host: text.slice(0, at).replaceAll(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
  })
  .refine(({ port }) => port <= 65_535, 'the port must be at most 65535')

/** Variables are named after these with the prefix `ZONECAST_`: `edgeId` is `ZONECAST_EDGE_ID`. */
export const configSchema = z.object({
  /** Folder of the store. */
  data: z.string().default('.zonecast/edge'),
  /** The edge's name; its credential must have been made for it. */
  edgeId: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be lower-case letters, digits, dots and dashes'),
  listenHost: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(8055),
  /** A clear-text port beside the other, with health and metrics alone; absent means none. */
  healthPort: z.number().int().min(0).max(65_535).optional(),
  dnsListen: z
    .array(hostAndPort)
    .min(1)
    .default([
      { host: '127.0.0.1', port: 5300 },
      { host: '::1', port: 5300 },
    ]),
  /** Threads that answer DNS on the same port; by default one on up to two cores, else one core fewer than there are, at most eight. */
  dnsWorkers: z.number().int().min(1).max(64).optional(),
  /** Told to DNS clients that ask which server they reached (NSID, id.server); the edge's name by default, empty for nothing. */
  dnsIdentity: z.string().max(255).optional(),
  /** Told to those that ask for version.bind; absent, they are refused. */
  dnsVersion: z.string().max(255).optional(),
  /** The largest UDP response, in octets. */
  dnsUdpOctets: z.number().int().min(512).max(65_535).default(1232),
  dnsTcp: z
    .object({
      /** A connection without a query for so long is closed. */
      idleSeconds: z.number().min(1).max(3600).default(10),
      connections: z.number().int().min(1).default(1000),
      connectionsPerClient: z.number().int().min(1).default(100),
    })
    .prefault({}),
  dnsCookies: z
    .object({
      enabled: z.boolean().default(true),
      /** Keys of 16 octets in hexadecimal, the newest first, the same at every edge of one address; by default one is drawn at start. */
      secrets: z.array(z.string().regex(/^[0-9a-fA-F]{32}$/, 'must be 32 hexadecimal digits')).default([]),
      /** Over UDP a client that sends cookies gets answers only once it shows ours. */
      required: z.boolean().default(false),
    })
    .prefault({}),
  /** Response rate limiting over UDP. */
  dnsRateLimit: z
    .object({
      /** Responses of one kind, from one name, to one network and second; 0 turns limiting off. */
      responsesPerSecond: z.number().int().min(0).max(1_000_000).default(0),
      windowSeconds: z.number().int().min(1).max(3600).default(15),
      /** Every so many limited responses one goes out truncated; 0 for none. */
      slip: z.number().int().min(0).max(100).default(2),
      /** Every so many limited responses one goes out whole; 0 for none. */
      leak: z.number().int().min(0).max(100).default(0),
      ipv4PrefixLength: z.number().int().min(1).max(32).default(24),
      ipv6PrefixLength: z.number().int().min(1).max(128).default(56),
      /** Limits clients on this machine, too. */
      limitLoopback: z.boolean().default(false),
      /** Accounts that are remembered. */
      maxAccounts: z.number().int().min(100).default(100_000),
    })
    .prefault({}),
  /** The scrub reads all zones through and compares them with their digests. */
  scrub: z
    .object({
      /** What one pass over all zones takes; 0 turns the scrub off. */
      passHours: z.number().min(0).max(10_000).default(24),
    })
    .prefault({}),
  publisherUrls: z.array(z.url()).min(1).default(['http://127.0.0.1:8054']),
  tokenFile: z.string(),
  /** PEM of the authority that signed the publishers' certificates. */
  caFile: z.string().optional(),
  /** What is shown to publishers that ask for a certificate. */
  clientCertFile: z.string().optional(),
  clientKeyFile: z.string().optional(),
  /** Placements to carry; none means all that the credential allows. */
  placements: z.array(z.string()).default([]),
  /** PEM of the program's own certificate, a chain beginning with its own, and of its key; without them its port speaks clear text. */
  tlsCertFile: z.string().optional(),
  tlsKeyFile: z.string().optional(),
  /** PEM of the authorities that clients' certificates are verified with: with it they are asked for one. */
  tlsCaFile: z.string().optional(),
  /** Whether clients must show one, or may. */
  tlsClientCertificates: z.enum(['required', 'optional']).default('required'),
  /** Sends the credential in clear text to other machines, and lets the port speak it where they reach it. */
  allowInsecure: z.boolean().default(false),
  limit: limitSchema,
})

export type Config = z.output<typeof configSchema>
