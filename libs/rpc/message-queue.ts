/** Messages that have come in and wait to be read, with back-pressure on the stream they come from. */
import type { Http2Stream } from 'node:http2'

/** What may wait before the stream is paused, in octets. */
const highWater = 256 * 1024

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

/** One promise a message: generators piped into each other would cost several. Read by one consumer. */
export class MessageQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #stream: Http2Stream
  readonly #decode: (octets: Uint8Array) => T
  readonly #left: () => void
  readonly #waiting: Waiting<T>[] = []
  /** Called when nothing waits any more. */
  emptied: (() => void) | undefined
  #octets: Uint8Array[] = []
  #at = 0
  #size = 0
  #end: { readonly error?: unknown } | undefined

  /** `decode` makes the message, and may throw; `left` is called when the consumer leaves before the end. */
  constructor(stream: Http2Stream, decode: (octets: Uint8Array) => T, left: () => void) {
    this.#stream = stream
    this.#decode = decode
    this.#left = left
  }

  /** Octets that wait. */
  get size(): number {
    return this.#size
  }

  push(octets: Uint8Array): void {
    if (this.#end) return
    const reader = this.#waiting.shift()
    if (reader) return this.#give(reader, octets)
    this.#octets.push(octets)
    this.#size += octets.length
    if (this.#size > highWater) this.#stream.pause()
  }

  /** Nothing more comes. What is here already is read first. */
  end(error?: unknown): void {
    if (this.#end) return
    this.#end = error === undefined ? {} : { error }
    for (const reader of this.#waiting.splice(0)) this.#giveEnd(reader)
  }

  /** Nothing more comes, and what is here already does not count. */
  fail(error: unknown): void {
    this.#octets = []
    this.#at = 0
    this.end(error)
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject }
      const octets = this.#octets[this.#at]
      if (octets === undefined) return this.#end ? this.#giveEnd(reader) : void this.#waiting.push(reader)
      this.#at++
      if (this.#at === this.#octets.length) this.#emptied()
      this.#give(reader, octets)
    })
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#end) {
      this.fail(undefined)
      this.#left()
    }
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #emptied(): void {
    this.#octets = []
    this.#at = 0
    if (this.#size > highWater) this.#stream.resume()
    this.#size = 0
    this.emptied?.()
  }

  #give({ resolve, reject }: Waiting<T>, octets: Uint8Array): void {
    try {
      resolve({ done: false, value: this.#decode(octets) })
    } catch (error) {
      this.fail(error)
      this.#left()
      reject(error)
    }
  }

  #giveEnd({ resolve, reject }: Waiting<T>): void {
    if (this.#end && 'error' in this.#end) reject(this.#end.error)
    else resolve({ done: true, value: undefined })
    // An error is told once; who asks again is at the end.
    this.#end = {}
  }
}
