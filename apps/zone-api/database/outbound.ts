/** What the database's thread says to the main thread. */
import type { MessagePort } from 'node:worker_threads'
import type { Outcome } from './group-commit.ts'
import type { Answer, Commit, FromWorker } from './protocol.ts'
import { Refused } from './refused.ts'
import { forCaller, isBroken } from './storage-fault.ts'
import type { CommitEvent } from './zone-database.ts'

/** Gathers what one step of the group commit gives, so that it travels in one message. */
export class Outbound {
  readonly #port: MessagePort
  #events: CommitEvent[] = []
  #answers: Answer[] = []
  #commit: Commit | undefined
  #buffers: ArrayBuffer[] = []

  constructor(port: MessagePort) {
    this.#port = port
  }

  committed(events: CommitEvent[], commit: Commit): void {
    this.#events.push(...events)
    this.#commit = commit
  }

  events(events: readonly CommitEvent[]): void {
    this.#events.push(...events)
  }

  /** `buffers` belong to nobody else and are handed over. */
  answer(id: number, outcome: Outcome, buffers: readonly ArrayBuffer[]): void {
    this.#answers.push(answerOf(id, outcome))
    this.#buffers.push(...buffers)
  }

  ready(logId: Uint8Array): void {
    this.#post({ kind: 'ready', logId })
  }

  closed(): void {
    this.#post({ kind: 'closed' })
    this.#port.close()
  }

  fault(error: unknown): void {
    this.#post({ kind: isBroken(error) ? 'broken' : 'fault', error: textOf(error) })
  }

  /** Only a restart tells what the database holds. */
  broken(error: Error): void {
    this.#post({ kind: 'broken', error: textOf(error), message: error.message })
  }

  /** The database has gone back. */
  regressed(detail: string): void {
    this.#post({ kind: 'regressed', detail })
  }

  serving(serving: boolean): void {
    this.#post({ kind: 'serving', serving })
  }

  flush(): void {
    if (this.#answers.length === 0 && this.#events.length === 0) return
    const commit = this.#commit
    this.#post({ kind: 'done', events: this.#events, answers: this.#answers, ...(commit && { commit }) }, this.#buffers)
    this.#buffers = []
    this.#events = []
    this.#answers = []
    this.#commit = undefined
  }

  #post(message: FromWorker, buffers: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, buffers)
  }
}

function answerOf(id: number, outcome: Outcome): Answer {
  if ('value' in outcome) return { id, value: outcome.value }
  const error = forCaller(outcome.error)
  return error instanceof Refused ? { id, refused: error.data } : { id, error: textOf(error) }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
