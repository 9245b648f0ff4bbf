/** Keeps threads running: one that ends is started again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { backoff, type Logger } from '@zonecast/runtime'
import { startDnsThread, type DnsThread, type OnDamage } from './dns-thread.ts'
import type { WorkerInput } from './worker-messages.ts'

export class ThreadKeeper {
  /** Threads that listen, by their place in the pool. */
  readonly living = new Map<number, DnsThread>()
  readonly #log: Logger
  readonly #stopping = new AbortController()
  readonly #restarts = new Set<Promise<void>>()

  readonly #onDamage: OnDamage

  constructor(log: Logger, onDamage: OnDamage) {
    this.#log = log
    this.#onDamage = onDamage
  }

  /** Resolves once the thread listens; from there on it is kept running. */
  async start(place: number, input: WorkerInput): Promise<void> {
    const thread = await startDnsThread(input, this.#onDamage)
    this.living.set(place, thread)
    void this.#watch(place, input, thread)
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#restarts)
    await Promise.all([...this.living.values()].map((thread) => thread.close()))
  }

  async #watch(place: number, input: WorkerInput, thread: DnsThread): Promise<void> {
    const reason = await thread.ended
    this.living.delete(place)
    if (this.#stopping.signal.aborted) return
    this.#log.error({ err: reason, place }, 'a thread that answers DNS has ended and is started again')
    const restarted = this.#restart(place, input).finally(() => this.#restarts.delete(restarted))
    this.#restarts.add(restarted)
  }

  async #restart(place: number, input: WorkerInput): Promise<void> {
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.start(place, input)
        return
      } catch (error) {
        this.#log.error({ err: error, place }, 'a thread that answers DNS could not be started')
        await sleep(backoff(attempt, { baseMs: 100, maxMs: 10_000 }), undefined, { signal }).catch(() => {})
      }
    }
  }
}
