/** What programs are told of Kafka by their environment. */
import { z } from 'zod'

/** By its address: whatever else a name leads to, it is not certain to stay here. */
const loopback = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|localhost):\d+$/
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

/** `ZONECAST_KAFKA_…`, as the field `kafka` of a program's configuration; without brokers there is no Kafka. */
export const kafkaSchema = z
  .object({
    /** `host:port`, some of the cluster's brokers. */
    brokers: z.array(z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:/\s]+):\d{1,5}$/, 'must be host:port')).default([]),
    topic: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be letters, digits, dots, dashes and underscores')
      .default('zonecast.zone-events'),
    /** Partitions of a topic that the zone API creates. */
    partitions: z.number().int().min(1).max(1024).default(12),
    /** Replicas of a topic that the zone API creates; absent leaves it to the brokers. */
    replicas: z.number().int().min(1).max(32).optional(),
    /** TLS, with the certificates that the machine trusts where no authority is named. */
    tls: z.boolean().default(false),
    /** PEM of the authority that signed the brokers' certificates; with it there is TLS. */
    tlsCaFile: z.string().optional(),
    /** Our own certificate, for brokers that ask for one. */
    tlsCertFile: z.string().optional(),
    tlsKeyFile: z.string().optional(),
    saslMechanism: z.enum(mechanisms).optional(),
    saslUser: z.string().optional(),
    saslPassword: z.string().optional(),
  })
  .refine(
    ({ saslMechanism, saslUser, saslPassword }) =>
      (saslMechanism === undefined) === (saslUser === undefined) && (saslUser === undefined) === (saslPassword === undefined),
    {
      path: ['saslMechanism'],
      message: 'goes with a user and a password',
    },
  )
  .refine(
    (settings) =>
      settings.saslUser === undefined || usesTLS(settings) || settings.brokers.every((broker) => loopback.test(broker)),
    {
      path: ['tls'],
      message: 'must be on: credentials do not leave this machine in clear text',
    },
  )
  .prefault({})

export type KafkaSettings = z.output<typeof kafkaSchema>

interface TLSSettings {
  readonly tls: boolean
  readonly tlsCaFile?: string | undefined
  readonly tlsCertFile?: string | undefined
}

export function usesTLS({ tls, tlsCaFile, tlsCertFile }: TLSSettings): boolean {
  return tls || tlsCaFile !== undefined || tlsCertFile !== undefined
}
