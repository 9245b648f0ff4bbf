/** A bound on how many do something at once; the others wait in their order. */

export class Gate {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(limit: number) {
    this.#free = limit
  }

  /** Resolves when there is room, with the way out. Rejects when the signal is aborted first. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free -= 1
    else await this.#turn(signal)
    let left = false
    return () => {
      if (!left) this.#leave()
      left = true
    }
  }

  /** The place goes to the next who waits. */
  #leave(): void {
    const [next] = this.#waiting
    if (next) next()
    else this.#free += 1
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        this.#waiting.delete(go)
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.delete(go)
        reject(signal.reason as Error)
      }
      this.#waiting.add(go)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }
}
