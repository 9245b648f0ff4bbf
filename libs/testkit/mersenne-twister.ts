/** The random numbers of Python's `random.Random(text)`, so that sample zones are the same in both languages. */
import { createHash } from 'node:crypto'

const size = 624
const middle = 397

/** MT19937 seeded as Python seeds it with a string. */
export class MersenneTwister {
  readonly #state = new Uint32Array(size)
  #index = size

  constructor(seed: string) {
    const text = Buffer.from(seed, 'utf8')
    const octets = Buffer.concat([text, createHash('sha512').update(text).digest()])
    this.#seedByArray(wordsOf(octets))
  }

  /** A float in [0, 1) with 53 bits. */
  random(): number {
    const high = this.#next() >>> 5
    const low = this.#next() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  /** An integer of up to 32 random bits. */
  bits(count: number): number {
    return this.#next() >>> (32 - count)
  }

  /** Random bits, a multiple of 32, as hexadecimal digits. */
  hex(bits: number): string {
    let text = ''
    for (let drawn = 0; drawn < bits; drawn += 32) text = this.#next().toString(16).padStart(8, '0') + text
    return text
  }

  #seed(seed: number): void {
    const state = this.#state
    state[0] = seed
    for (let i = 1; i < size; i++) state[i] = Math.imul(1_812_433_253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i
  }

  #seedByArray(words: readonly number[]): void {
    const state = this.#state
    this.#seed(19_650_218)
    let i = 1
    let j = 0
    for (let step = Math.max(size, words.length); step > 0; step--) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1_664_525)) + words[j]! + j
      i = this.#wrap(i + 1)
      j = (j + 1) % words.length
    }
    for (let step = size - 1; step > 0; step--) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1_566_083_941)) - i
      i = this.#wrap(i + 1)
    }
    state[0] = 0x8000_0000
  }

  #wrap(i: number): number {
    if (i < size) return i
    this.#state[0] = this.#state[size - 1]!
    return 1
  }

  #next(): number {
    if (this.#index === size) this.#refill()
    let y = this.#state[this.#index++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c_5680
    y ^= (y << 15) & 0xefc6_0000
    return (y ^ (y >>> 18)) >>> 0
  }

  #refill(): void {
    const state = this.#state
    for (let i = 0; i < size; i++) {
      const y = (state[i]! & 0x8000_0000) | (state[(i + 1) % size]! & 0x7fff_ffff)
      state[i] = state[(i + middle) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0)
    }
    this.#index = 0
  }
}

/** The octets of a big-endian number as 32-bit words, the least significant first. */
function wordsOf(octets: Buffer): number[] {
  const words: number[] = []
  for (let end = octets.length; end > 0; end -= 4) {
    words.push(end >= 4 ? octets.readUInt32BE(end - 4) : octets.readUIntBE(0, end))
  }
  return words
}
