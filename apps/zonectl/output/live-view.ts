/** A few lines of a terminal that are drawn again and again. */
import type { Output } from '../io.ts'

export class LiveView {
  readonly #to: Output
  #drawn = 0

  constructor(to: Output) {
    this.#to = to
  }

  /** Shows this text in the place of the last; what the window cannot hold is left out, since it could not be taken back. */
  draw(text: string): void {
    const height = Math.max(1, (this.#to.rows ?? 24) - 1)
    const width = this.#to.columns ?? 80
    const lines = text
      .trimEnd()
      .split('\n')
      .slice(0, height)
      .map((line) => line.slice(0, width))
    this.#to.write(`${this.#up()}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`)
    this.#drawn = lines.length
  }

  /** Takes the lines away. */
  clear(): void {
    this.#to.write(`${this.#up()}\u001b[J`)
    this.#drawn = 0
  }

  #up(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r`
  }
}
