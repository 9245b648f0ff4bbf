/** A sum of SHA-256 values modulo 2²⁵⁶. */

/** SHA-256 as a port: 32 characters, one an octet (latin1). */
export type Sha256 = (bytes: Uint8Array) => string

const limbCount = 8
const limbBase = 2 ** 32
/** Limbs hold up to this many terms before they leave the integers a double holds exactly (2⁵³). */
const termsBeforeCarry = 2 ** 20

/** Adds and subtracts 256-bit values; eight limbs of 32 bits whose carry is put off. */
export class Sum256 {
  readonly #limbs = new Float64Array(limbCount)
  #terms = 0

  constructor(start?: Uint8Array) {
    if (start !== undefined) this.add(latin1Of(start))
  }

  add(value: string): void {
    for (let i = 0; i < limbCount; i++) this.#limbs[i]! += limbAt(value, 4 * i)
    if (++this.#terms === termsBeforeCarry) this.#carry()
  }

  subtract(value: string): void {
    for (let i = 0; i < limbCount; i++) this.#limbs[i]! -= limbAt(value, 4 * i)
    if (++this.#terms === termsBeforeCarry) this.#carry()
  }

  /** The sum as 32 octets, big-endian. */
  bytes(): Uint8Array {
    this.#carry()
    const bytes = new Uint8Array(4 * limbCount)
    for (let i = 0; i < limbCount; i++) {
      const limb = this.#limbs[i]!
      for (let octet = 0; octet < 4; octet++) bytes[4 * i + octet] = limb / 2 ** (24 - 8 * octet)
    }
    return bytes
  }

  #carry(): void {
    let carry = 0
    for (let i = limbCount - 1; i >= 0; i--) {
      const limb = this.#limbs[i]! + carry
      carry = Math.floor(limb / limbBase)
      this.#limbs[i] = limb - carry * limbBase
    }
    this.#terms = 0
  }
}

function limbAt(value: string, at: number): number {
  const low = (value.charCodeAt(at + 1) << 16) | (value.charCodeAt(at + 2) << 8) | value.charCodeAt(at + 3)
  return value.charCodeAt(at) * 0x100_0000 + low
}

/** One character an octet. */
export function latin1Of(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

/** One octet a character. */
export function octetsOf(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0))
}
