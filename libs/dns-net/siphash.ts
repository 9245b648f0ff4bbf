/** SipHash-2-4, a keyed hash for short inputs (Aumasson and Bernstein, 2012), on 32-bit halves. */

/** The key of 16 octets, as four words. */
type Words = readonly [number, number, number, number]

/** The hash of some octets under a key of 16 octets: 8 octets, the least significant first. */
export function sipHash24(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = new State([wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), wordAt(key, 12)])
  const whole = data.length - (data.length % 8)
  for (let at = 0; at < whole; at += 8) state.absorb(wordAt(data, at), wordAt(data, at + 4))
  const last = new Uint8Array(8)
  last.set(data.subarray(whole))
  last[7] = data.length & 0xff
  state.absorb(wordAt(last, 0), wordAt(last, 4))
  return state.finish()
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** Four words of 64 bits v0 to v3, each as its low and its high half. */
class State {
  readonly #v: Int32Array

  constructor([k0, k1, k2, k3]: Words) {
    const [low0, high0, low1, high1] = [0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261]
    const [low2, high2, low3, high3] = [0x6e657261, 0x6c796765, 0x79746573, 0x74656462]
    this.#v = Int32Array.of(low0 ^ k0, high0 ^ k1, low1 ^ k2, high1 ^ k3, low2 ^ k0, high2 ^ k1, low3 ^ k2, high3 ^ k3)
  }

  absorb(low: number, high: number): void {
    this.#v[6]! ^= low
    this.#v[7]! ^= high
    this.#round()
    this.#round()
    this.#v[0]! ^= low
    this.#v[1]! ^= high
  }

  finish(): Uint8Array {
    const v = this.#v
    v[4]! ^= 0xff
    for (let round = 0; round < 4; round++) this.#round()
    const hash = new Uint8Array(8)
    const view = new DataView(hash.buffer)
    view.setInt32(0, v[0]! ^ v[2]! ^ v[4]! ^ v[6]!, true)
    view.setInt32(4, v[1]! ^ v[3]! ^ v[5]! ^ v[7]!, true)
    return hash
  }

  #round(): void {
    this.#add(0, 2)
    this.#rotate(2, 13)
    this.#xor(2, 0)
    this.#rotate(0, 32)
    this.#add(4, 6)
    this.#rotate(6, 16)
    this.#xor(6, 4)
    this.#add(0, 6)
    this.#rotate(6, 21)
    this.#xor(6, 0)
    this.#add(4, 2)
    this.#rotate(2, 17)
    this.#xor(2, 4)
    this.#rotate(4, 32)
  }

  #add(to: number, from: number): void {
    const v = this.#v
    const low = (v[to]! >>> 0) + (v[from]! >>> 0)
    v[to] = low | 0
    v[to + 1] = v[to + 1]! + v[from + 1]! + (low > 0xffff_ffff ? 1 : 0)
  }

  #xor(to: number, from: number): void {
    this.#v[to]! ^= this.#v[from]!
    this.#v[to + 1]! ^= this.#v[from + 1]!
  }

  #rotate(at: number, bits: number): void {
    const v = this.#v
    const low = v[at]!
    const high = v[at + 1]!
    v[at] = bits === 32 ? high : (low << bits) | (high >>> (32 - bits))
    v[at + 1] = bits === 32 ? low : (high << bits) | (low >>> (32 - bits))
  }
}
