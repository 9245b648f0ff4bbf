/** Threads that answer DNS on one port: the kernel chooses one for each client. */
import { createDnsProbe, createDnsServer } from '@zonecast/dns-net'
import type { LogLevel } from '@zonecast/runtime'
import { AnswerCounts } from './answer-counts.ts'
import type { DnsService, DnsServiceOptions } from './dns-service.ts'
import { answerOctets, pageOctets } from './memory-shares.ts'
import { reachable } from './reachable.ts'
import { responderSettings } from './responder.ts'
import { ThreadKeeper } from './thread-keeper.ts'
import type { WorkerInput } from './worker-messages.ts'

export interface WorkerPool extends DnsService {
  /** Numbers of the threads that answer now; one that was started again has another number. */
  threads(): readonly number[]
  /** Ends a thread as a crash would. */
  kill(thread: number): Promise<void>
}

/** How soon the threads learn that no zone is missing any more. */
const levelWatchMs = 250

export async function startWorkerPool(options: DnsServiceOptions, size: number): Promise<WorkerPool> {
  const { config, store, log, onDamage } = options
  // Sockets that share a port do not notice another program on it: one that does not share is tried first.
  const trial = createDnsServer({ respond: () => undefined, log })
  const addresses = await trial.listen(config.dnsListen)
  await trial.close()

  const counts = Array.from({ length: size }, () => new AnswerCounts())
  const level = new SharedArrayBuffer(4)
  const common = {
    folder: config.data,
    addresses,
    settings: responderSettings(config, size),
    signals: store.signals.memory,
    level,
    pageOctets: pageOctets / size,
    answerOctets: answerOctets / size,
    logLevel: log.level as LogLevel,
  }
  const keeper = new ThreadKeeper(log, onDamage)
  try {
    const inputs = counts.map(({ memory }): WorkerInput => ({ ...common, counts: memory }))
    await Promise.all(inputs.map((input, place) => keeper.start(place, input)))
    const probe = await createDnsProbe(reachable(addresses[0]!))
    let watch: NodeJS.Timeout | undefined
    return {
      addresses,
      counts,
      // The port is asked, too: with no thread alive, nobody answers there.
      askers: () => [probe.ask, ...[...keeper.living.values()].map(({ ask }) => ask)],
      level: (reached) => void (watch = watchLevel(reached, new Int32Array(level))),
      threads: () => [...keeper.living.values()].map(({ number }) => number),
      kill: async (thread) => [...keeper.living.values()].find(({ number }) => number === thread)?.kill(),
      close: async () => {
        clearInterval(watch)
        probe.close()
        await keeper.close()
      },
    }
  } catch (error) {
    await keeper.close()
    throw error
  }
}

function watchLevel(reached: () => boolean, level: Int32Array): NodeJS.Timeout {
  const watch = setInterval(() => {
    if (!reached()) return
    Atomics.store(level, 0, 1)
    clearInterval(watch)
  }, levelWatchMs)
  return watch.unref()
}
