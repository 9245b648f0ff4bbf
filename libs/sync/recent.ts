/** A map that keeps what was set last. */

export class Recent<Value> {
  readonly #limit: number
  readonly #values = new Map<string, Value>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string): Value | undefined {
    return this.#values.get(key)
  }

  /** Sets and makes the key the newest; the oldest is dropped where there are too many. */
  set(key: string, value: Value): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#limit) this.#values.delete(this.#values.keys().next().value as string)
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  values(): IterableIterator<Value> {
    return this.#values.values()
  }

  get size(): number {
    return this.#values.size
  }
}
