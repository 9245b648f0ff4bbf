/** What an edge is told by its environment. */
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
  dnsListen: z
    .array(hostAndPort)
    .min(1)
    .default([
      { host: '127.0.0.1', port: 5300 },
      { host: '::1', port: 5300 },
    ]),
  publisherUrls: z.array(z.url()).min(1).default(['http://127.0.0.1:8054']),
  tokenFile: z.string(),
  /** PEM of the authority that signed the publishers' certificates. */
  caFile: z.string().optional(),
  /** Placements to carry; none means all that the credential allows. */
  placements: z.array(z.string()).default([]),
  tlsCertFile: z.string().optional(),
  tlsKeyFile: z.string().optional(),
  /** Sends the credential in clear text to other machines. */
  allowInsecure: z.boolean().default(false),
})

export type Config = z.output<typeof configSchema>
