/** A bounded queue between one that produces and one that iterates. */

/**
 * Holds up to `capacity` items; a producer that awaits `push` is slowed to the pace of the consumer. One consumer iterates;
 * leaving its loop closes the queue, and every later or waiting `push` yields `false`.
 */
export class AsyncQueue<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  readonly #capacity: number
  #items: T[] = []
  #head = 0
  #ended = false
  #error: unknown
  #reader: { resolve: (result: IteratorResult<T, undefined>) => void; reject: (error: unknown) => void } | undefined
  #writers: ((open: boolean) => void)[] = []

  constructor(capacity = 16) {
    if (capacity < 1) throw new Error(`a queue holds at least one item, not ${capacity}`)
    this.#capacity = capacity
  }

  /** Items that wait for the consumer. */
  get size(): number {
    return this.#items.length - this.#head
  }

  /** True once nothing more is accepted. */
  get closed(): boolean {
    return this.#ended
  }

  /** Adds an item and says when there is room again: at once, or by a promise. `false` when nobody takes items any more. */
  push(item: T): boolean | Promise<boolean> {
    if (this.#ended) return false
    if (this.#reader) {
      const { resolve } = this.#reader
      this.#reader = undefined
      resolve({ done: false, value: item })
      return true
    }
    this.#items.push(item)
    if (this.size < this.#capacity) return true
    return new Promise((resolve) => this.#writers.push(resolve))
  }

  /** Adds an item only where there is room now. */
  tryPush(item: T): boolean {
    if (this.#ended || this.size >= this.#capacity) return false
    void this.push(item)
    return true
  }

  /** Ends the iteration after the items already here. */
  end(): void {
    this.#close(true)
    if (this.size === 0) this.#finish()
  }

  /** Ends the iteration with an error, after the items already here. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#error = error ?? new Error('the queue failed')
    this.end()
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#take() })
    if (this.#ended) return this.#outcome()
    if (this.#reader) return Promise.reject(new Error('a queue has one consumer'))
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  /** The consumer leaves: what waits is dropped. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#items = []
    this.#head = 0
    this.#error = undefined
    this.#close(false)
    this.#finish()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** The consumer gives up with an error: Connect asks this of what it sends from. */
  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    void this.return()
    return Promise.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #take(): T {
    const item = this.#items[this.#head] as T
    this.#items[this.#head++] = undefined as T
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head >= 1024) {
      this.#items.splice(0, this.#head)
      this.#head = 0
    }
    if (this.size < this.#capacity) this.#writers.shift()?.(true)
    return item
  }

  #close(willBeTaken: boolean): void {
    this.#ended = true
    for (const resolve of this.#writers.splice(0)) resolve(willBeTaken)
  }

  #finish(): void {
    const reader = this.#reader
    this.#reader = undefined
    if (!reader) return
    void this.#outcome().then(reader.resolve, reader.reject)
  }

  #outcome(): Promise<IteratorResult<T, undefined>> {
    const error = this.#error
    this.#error = undefined
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error)
  }
}
