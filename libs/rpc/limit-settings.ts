/** What operators may set of a server's limits: `ZONECAST_LIMIT_…`. */
import { z } from 'zod'
import { defaultLimits, type Limits } from './limits.ts'

const count = (usual: number) => z.number().int().min(1).max(1_000_000).default(usual)
const seconds = (usualMs: number) =>
  z
    .number()
    .min(0.1)
    .max(86_400)
    .default(usualMs / 1000)

/** As the field `limit` of a program's configuration. */
export const limitSchema = z
  .object({
    connections: count(defaultLimits.connections),
    connectionsPerAddress: count(defaultLimits.connectionsPerAddress),
    streamsPerConnection: count(defaultLimits.concurrentStreams),
    streamsPerPrincipal: count(defaultLimits.streamsPerPrincipal),
    /** For the head of a request, and for a connection to show what it speaks. */
    headerSeconds: seconds(defaultLimits.headerTimeoutMs),
    /** For a request of one message, and for an answer of one message to be taken. */
    bodySeconds: seconds(defaultLimits.bodyTimeoutMs),
    /** Deadline of a unary call that names none, and the largest. */
    deadlineSeconds: seconds(defaultLimits.defaultDeadlineMs),
    longestDeadlineSeconds: seconds(defaultLimits.maxDeadlineMs),
    /** How often a connection is asked whether it is still there. */
    pingSeconds: seconds(defaultLimits.pingIntervalMs),
    /** Parts of requests, and answers that are not taken, of one connection and of all. */
    heldMib: count(defaultLimits.heldOctets >> 20),
    heldMibInAll: count(defaultLimits.heldOctetsInAll >> 20),
  })
  .prefault({})

export function limitsOf(limit: z.output<typeof limitSchema>): Partial<Limits> {
  return {
    connections: limit.connections,
    connectionsPerAddress: limit.connectionsPerAddress,
    concurrentStreams: limit.streamsPerConnection,
    streamsPerPrincipal: limit.streamsPerPrincipal,
    headerTimeoutMs: limit.headerSeconds * 1000,
    bodyTimeoutMs: limit.bodySeconds * 1000,
    defaultDeadlineMs: limit.deadlineSeconds * 1000,
    maxDeadlineMs: limit.longestDeadlineSeconds * 1000,
    pingIntervalMs: limit.pingSeconds * 1000,
    heldOctets: limit.heldMib << 20,
    heldOctetsInAll: limit.heldMibInAll << 20,
  }
}
