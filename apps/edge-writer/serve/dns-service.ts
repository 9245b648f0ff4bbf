/** The edge's DNS server: in the program's main thread, or in threads that share its port. */
import { availableParallelism } from 'node:os'
import { AnswerCache, createDnsProbe, createDnsServer, type Address, type DnsProbe, type Responder } from '@zonecast/dns-net'
import type { Clock, Logger } from '@zonecast/runtime'
import type { ZoneStore } from '@zonecast/zone-store'
import type { Config } from '../config.ts'
import { AnswerCounts } from './answer-counts.ts'
import { answerOctets } from './memory-shares.ts'
import { reachable } from './reachable.ts'
import { configuredResponder, responderSettings } from './responder.ts'
import { tcpLimits } from './tcp-limits.ts'
import { startWorkerPool } from './worker-pool.ts'

/** Asks one question as a client would. */
export type Asker = DnsProbe['ask']

export interface DnsService {
  readonly addresses: readonly Address[]
  /** One for the port, and one for each thread behind it: together they reach everything that answers clients. */
  askers(): readonly Asker[]
  /** What each thread counts. */
  readonly counts: readonly AnswerCounts[]
  /** Tells whether zones are still to come. */
  level(reached: () => boolean): void
  close(): Promise<void>
}

export interface DnsServiceOptions {
  readonly config: Config
  readonly store: ZoneStore
  readonly clock: Clock
  readonly log: Logger
  /** Told of damage in the store that a thread has met. */
  readonly onDamage: (zone: string, reason: string) => void
  /** Stands between the DNS server and what the store says, in tests; then there is one thread. */
  readonly wrap?: ((respond: Responder) => Responder) | undefined
}

/** Beyond so many threads the network is busier than they are. */
const mostThreads = 8

/** Threads that answer where nothing is configured: all cores but the one that applies what comes; with two cores the main thread is enough. */
export function defaultThreads(cores = availableParallelism(), platform: string = process.platform): number {
  return platform === 'linux' && cores > 2 ? Math.min(cores - 1, mostThreads) : 1
}

export async function startDnsService(options: DnsServiceOptions): Promise<DnsService> {
  const threads = options.wrap ? 1 : (options.config.dnsWorkers ?? defaultThreads())
  return threads === 1 ? inThisThread(options) : startWorkerPool(options, threads)
}

async function inThisThread({ config, store, clock, log, wrap }: DnsServiceOptions): Promise<DnsService> {
  const counts = new AnswerCounts()
  let isLevel = () => false
  const respond = configuredResponder(responderSettings(config), {
    enclosing: (name) => store.answering(name),
    isReady: () => isLevel(),
    now: () => clock.now(),
    cache: new AnswerCache({ versions: store.signals, maxOctets: answerOctets }),
    counts,
  })
  const server = createDnsServer({
    respond: wrap?.(respond) ?? respond,
    log,
    limits: tcpLimits(config),
    onAnswer: ({ rcode }, { transport }) => counts.answered(rcode, transport),
  })
  const addresses = await server.listen(config.dnsListen)
  const probe = await createDnsProbe(reachable(addresses[0]!)).catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  return {
    addresses,
    counts: [counts],
    askers: () => [(question) => probe.ask(question)],
    level: (reached) => void (isLevel = reached),
    close: async () => {
      probe.close()
      await server.close()
    },
  }
}
