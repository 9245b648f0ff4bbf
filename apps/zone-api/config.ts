/** What the zone API is told by its environment. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ZoneDefaultsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { kafkaSchema } from '@zonecast/event-log'
import { limitSchema } from '@zonecast/rpc'
import { loadConfig } from '@zonecast/runtime'
import { z } from 'zod'
import type { PostgresAddress } from './database/protocol.ts'
import type { QuotaLimits } from './database/quotas/quota-port.ts'

const port = z.number().int().min(0).max(65_535)

const seconds = z.number().int().min(1).max(0x7fff_ffff)

/** What new zones get where neither the request nor a template says otherwise: `ZONECAST_NEW_ZONE_…`. */
const zoneDefaults = z
  .object({
    nameServers: z.array(z.string()).default([]),
    mname: z.string().default(''),
    rname: z.string().default(''),
    refreshSeconds: seconds.optional(),
    retrySeconds: seconds.optional(),
    expireSeconds: seconds.optional(),
    minimumSeconds: z.number().int().min(0).max(0x7fff_ffff).optional(),
    defaultTtl: seconds.optional(),
    minTtl: seconds.optional(),
    maxTtl: seconds.optional(),
  })
  .prefault({})

const amount = z.number().int().min(0).max(0xffff_ffff).optional()
const rate = z.number().int().min(1).max(1_000_000).optional()

/** What people may take who have no quotas of their own: `ZONECAST_QUOTA_…`. What is absent is not bounded. */
const quotaSchema = z
  .object({
    zones: amount,
    rrsetsPerZone: amount,
    changesPerMinute: rate,
    burst: rate,
  })
  .prefault({})

const schema = z.object({
  /** Data folder. */
  data: z.string().min(1),
  /** Where zones are kept, `postgres://user@host:port/database`; absent means in the data folder. */
  databaseUrl: z.url({ protocol: /^postgres(ql)?$/, error: 'must be postgres://user@host:port/database' }).optional(),
  /** In place of a password in the URL; best in a file that `ZONECAST_DATABASE_PASSWORD_FILE` names. */
  databasePassword: z.string().optional(),
  listenHost: z.string().min(1).default('127.0.0.1'),
  port: port.default(8053),
  /** A clear-text port beside the other, with health and metrics alone; absent means none. */
  healthPort: port.optional(),
  /** JSON list of credentials, hashes only; absent leaves those of the database in force. */
  bootstrapFile: z.string().optional(),
  /** Keys that secrets in the database are sealed under, one a line; without it there are no such secrets. */
  sealKeyFile: z.string().min(1).optional(),
  /** PEM of the program's own certificate, a chain beginning with its own, and of its key; without them its port speaks clear text. */
  tlsCertFile: z.string().optional(),
  tlsKeyFile: z.string().optional(),
  /** PEM of the authorities that clients' certificates are verified with: with it they are asked for one. */
  tlsCaFile: z.string().optional(),
  /** Whether clients must show one, or may. */
  tlsClientCertificates: z.enum(['required', 'optional']).default('required'),
  /** Lets the port speak clear text, credentials included, also where other machines reach it. */
  allowInsecure: z.boolean().default(false),
  corsOrigins: z.array(z.string()).default([]),
  /** Versions of a zone that are kept, however old they are. */
  historyVersions: z.number().int().min(1).default(1000),
  /** Days for which versions are kept, however many they are. */
  historyDays: z.number().min(0).default(7),
  newZone: zoneDefaults,
  limit: limitSchema,
  quota: quotaSchema,
  /** With brokers, everything that is committed goes into their topic, too. */
  kafka: kafkaSchema,
})

export type Config = z.output<typeof schema>

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(schema, { env })
}

/** Undefined where zones are kept in the data folder. */
export function postgresAddress({ databaseUrl: url, databasePassword: password }: Config): PostgresAddress | undefined {
  return url === undefined ? undefined : { url, ...(password !== undefined && { password }) }
}

/** The defaults of new zones as the API says them; names are checked where the services are made. */
export function configuredDefaults({ newZone }: Pick<Config, 'newZone'>): MessageInitShape<typeof ZoneDefaultsSchema> {
  const { nameServers, defaultTtl = 0, minTtl = 0, maxTtl = 0, ...soa } = newZone
  const given = Object.fromEntries(Object.entries(soa).filter(([, value]) => value !== undefined))
  return { nameServers, soa: given, settings: { defaultTtl, minTtl, maxTtl } }
}

export function configuredQuotas({ quota }: Pick<Config, 'quota'>): QuotaLimits {
  return Object.fromEntries(Object.entries(quota).filter(([, value]) => value !== undefined))
}
