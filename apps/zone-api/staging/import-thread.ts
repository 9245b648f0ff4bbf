/** An import job in a thread of its own, so that a large zone delays nobody else. */
import { rm } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { MergePlan, MergeStep } from './content-merge.ts'
import type { DataReport, ImportJob, JobOptions } from './import-job.ts'
import type { LivePart } from './live-feed.ts'

/** A call to the thread; the answer has the same number. */
export type ThreadCall =
  | { readonly method: 'push'; readonly bytes: Uint8Array }
  | { readonly method: 'end' }
  | { readonly method: 'merge'; readonly plan: MergePlan }
  | { readonly method: 'next'; readonly live: LivePart | undefined }
  | { readonly method: 'locate'; readonly subjects: readonly string[] }
  | { readonly method: 'take'; readonly limit: number }

export type ThreadAnswer = { readonly value: unknown } | { readonly error: unknown }

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

const aheadOctets = 1024 * 1024

/** The young generation is kept small: what the parser makes is garbage at once, and memory counts. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 }

export class ThreadJob implements ImportJob {
  readonly #worker: Worker
  readonly #folder: string
  readonly #waiting: Waiting[] = []
  #failure: Error | undefined
  /** Octets handed over and not worked up yet. */
  #ahead = 0

  /** `closed` is called once the thread is gone, for whatever reason. */
  constructor(options: JobOptions, closed: () => void) {
    this.#folder = options.folder
    this.#worker = new Worker(new URL('./import-worker.ts', import.meta.url), { workerData: options, resourceLimits })
    this.#worker.on('message', (answer: ThreadAnswer) => {
      const waiting = this.#waiting.shift()
      if ('error' in answer) waiting?.reject(answer.error)
      else waiting?.resolve(answer.value as never)
    })
    this.#worker.on('error', (error) => this.#fail(error as Error))
    this.#worker.on('exit', () => {
      this.#fail(new Error('the import was ended'))
      closed()
    })
  }

  /** Done at once while the thread is not far behind, so that it has always something to do. */
  async push(bytes: Uint8Array): Promise<void> {
    // A buffer of its own can be handed over; a message's bytes may share theirs with others.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
    const octets = own.length
    this.#ahead += octets
    const done = this.#call<void>({ method: 'push', bytes: own }, [own.buffer as ArrayBuffer]).then(
      () => void (this.#ahead -= octets),
      (error: unknown) => this.#fail(error as Error),
    )
    if (this.#ahead > aheadOctets) await done
    if (this.#failure) throw this.#failure
  }

  end(): Promise<DataReport> {
    return this.#call({ method: 'end' })
  }

  merge(plan: MergePlan): Promise<MergeStep> {
    return this.#call({ method: 'merge', plan })
  }

  next(live?: LivePart): Promise<MergeStep> {
    return this.#call({ method: 'next', live })
  }

  take(limit: number): Promise<Uint8Array[] | undefined> {
    return this.#call({ method: 'take', limit })
  }

  locate(subjects: readonly string[]): Promise<number[]> {
    return this.#call({ method: 'locate', subjects })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #call<T>(call: ThreadCall, transfer: ArrayBuffer[] = []): Promise<T> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(call, transfer)
    })
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}
