/** Sums modulo 2²⁵⁶ of 32-octet numbers, big-endian. */

const octets = 32

/** A sum that terms are added to and taken from, in place. */
export class DigestSum {
  readonly #sum = new Uint8Array(octets)

  add(term: Uint8Array): void {
    let carry = 0
    for (let at = octets - 1; at >= 0; at--) {
      carry += (this.#sum[at] as number) + (term[at] as number)
      this.#sum[at] = carry
      carry >>= 8
    }
  }

  subtract(term: Uint8Array): void {
    let borrow = 0
    for (let at = octets - 1; at >= 0; at--) {
      borrow += (this.#sum[at] as number) - (term[at] as number)
      this.#sum[at] = borrow
      borrow >>= 8
    }
  }

  bytes(): Uint8Array {
    return this.#sum.slice()
  }
}
