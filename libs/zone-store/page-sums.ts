/** Digest sums over pages, worked out in a thread of their own: a million RRs take most of a second. */
import { Worker } from 'node:worker_threads'

/** What the thread is given: pages back to back, and where each ends. */
export interface PagesToSum {
  readonly pages: Uint8Array
  readonly ends: Uint32Array
}

interface Waiting {
  readonly resolve: (sum: Uint8Array) => void
  readonly reject: (error: Error) => void
}

/** The thread makes nothing but short strings. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 }

/** Starts its thread when it is first needed, and anew after a failure. */
export class PageSums {
  #worker: Worker | undefined
  readonly #waiting: Waiting[] = []

  /** The sum over the RRs of pages that were scanned before. The pages are copied before this returns. */
  sum(pages: readonly Uint8Array[]): Promise<Uint8Array> {
    const worker = this.#thread()
    const message = packed(pages)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      worker.postMessage(message, [message.pages.buffer as ArrayBuffer])
    })
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./page-sums-worker.ts', import.meta.url), { resourceLimits })
    this.#worker = worker
    let reason = new Error('the thread that sums pages has ended')
    worker.on('message', (sum: Uint8Array) => this.#waiting.shift()?.resolve(sum))
    worker.on('error', (error) => (reason = error as Error))
    worker.on('exit', () => {
      this.#worker = undefined
      for (const { reject } of this.#waiting.splice(0)) reject(reason)
    })
    // It keeps nobody alive: who waits for a sum has a connection open.
    worker.unref()
    return worker
  }
}

function packed(parts: readonly Uint8Array[]): PagesToSum {
  const pages = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0))
  let at = 0
  const ends = Uint32Array.from(parts, (part) => {
    pages.set(part, at)
    return (at += part.length)
  })
  return { pages, ends }
}
