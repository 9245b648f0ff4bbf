/** Keeps the programs of a system running, and stops them in order. */
import { backoff } from '@zonecast/runtime'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { DataFolder } from './data-folder.ts'
import { type Part, type Ready, samePorts, type Variables } from './parts.ts'
import { type Program, startProgram } from './program.ts'

export interface SupervisorOptions {
  readonly folder: DataFolder
  readonly parts: readonly Part[]
  readonly talk: (line: string) => void
  /** Told the pids whenever they have changed. */
  readonly onPids: (pids: Readonly<Record<string, number>>) => void
}

/** A program that ran this long is not counted as failing again and again. */
const steadyMs = 30_000
const retry = { baseMs: 400, maxMs: 15_000 }

/**
 * A part is started, runs, and when it ends by itself is started again after a while, on the same ports:
 *
 *     starting ──▶ running ──▶ waiting
 *         ▲           (ended)     │
 *         └──────── (backoff) ────┘          every state ──▶ stopped by stop()
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #ready = new Map<string, Ready>()
  readonly #programs = new Map<string, Program>()
  readonly #variables = new Map<string, Variables>()
  readonly #keepers: Promise<void>[] = []
  readonly #stopping = new AbortController()

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Starts all parts, one after the other. Rejects with the first `StartFailed`, and then nothing is left running. */
  async start(): Promise<ReadonlyMap<string, Ready>> {
    try {
      for (const part of this.#options.parts) await this.#startFirst(part)
    } catch (error) {
      await this.stop()
      throw error
    }
    for (const part of this.#options.parts) this.#keepers.push(this.#keep(part))
    return this.#ready
  }

  /** Stops all parts, the last started first: nobody is left waiting for one that has gone. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const { name } of this.#options.parts.toReversed()) await this.#programs.get(name)?.stop()
    await Promise.all(this.#keepers)
  }

  async #startFirst(part: Part): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#variables.set(part.name, part.variables(this.#ready))
    const { ready } = await this.#run(part)
    this.#ready.set(part.name, ready)
    this.#variables.set(part.name, { ...part.variables(this.#ready), ...samePorts(ready) })
  }

  async #run({ name, app }: Part): Promise<Program> {
    const logFile = join(this.#options.folder.logs, `${name}.log`)
    const program = await startProgram({ app, variables: this.#variables.get(name) ?? {}, logFile })
    this.#programs.set(name, program)
    this.#tellPids()
    // Asked to stop while it was starting.
    if (this.#stopping.signal.aborted) await program.stop()
    return program
  }

  /** Waits for the part to end, and starts it again. */
  async #keep(part: Part): Promise<void> {
    const { talk } = this.#options
    for (let attempt = 0; ; attempt++) {
      const program = this.#programs.get(part.name) as Program
      const since = performance.now()
      const how = await program.ended
      if (this.#isStopping) return
      if (performance.now() - since > steadyMs) attempt = 0
      talk(`${part.name} ended: ${how}; starting it again`)
      if (!(await this.#restart(part, attempt))) return
    }
  }

  /** Tries until the part is ready; false when everything is being stopped. */
  async #restart(part: Part, firstAttempt: number): Promise<boolean> {
    const { talk } = this.#options
    for (let attempt = firstAttempt; ; attempt++) {
      if (attempt > 0) await this.#wait(backoff(attempt, retry))
      if (this.#isStopping) return false
      try {
        const { pid } = await this.#run(part)
        if (this.#isStopping) return false
        talk(`${part.name} is ready again (process ${pid})`)
        return true
      } catch (error) {
        if (this.#isStopping) return false
        talk(`${part.name} cannot start: ${(error as Error).message}; trying again`)
      }
    }
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  async #wait(ms: number): Promise<void> {
    await after(ms, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }

  #tellPids(): void {
    this.#options.onPids(Object.fromEntries([...this.#programs].map(([name, { pid }]) => [name, pid])))
  }
}
