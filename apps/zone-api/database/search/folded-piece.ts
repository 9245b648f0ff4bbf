/** Looking for a text in octets, letters of either case alike, without making a string of them. */

/** Steps by which a search may go on (Horspool): the later an octet stands in the text, the shorter. */
export class FoldedPiece {
  readonly length: number
  /** In lower case. */
  readonly #octets: Uint8Array
  readonly #steps: Uint16Array

  /** `text` is ASCII in lower case. */
  constructor(text: string) {
    this.length = text.length
    this.#octets = new Uint8Array(Buffer.from(text, 'latin1'))
    this.#steps = new Uint16Array(256).fill(Math.max(1, text.length))
    for (let i = 0; i < text.length - 1; i++) {
      const octet = this.#octets[i]!
      this.#steps[octet] = text.length - 1 - i
      if (isLetter(octet)) this.#steps[octet ^ 0x20] = text.length - 1 - i
    }
  }

  /** Where the text first stands from an offset on; -1 where it does not. */
  indexIn(bytes: Uint8Array, from: number, end = bytes.length): number {
    const last = this.length - 1
    const octets = this.#octets
    const steps = this.#steps
    for (let at = from + last; at < end; at += steps[bytes[at]!]!) {
      let i = last
      while (i >= 0 && isAlike(bytes[at - last + i]!, octets[i]!)) i--
      if (i < 0) return at - last
    }
    return -1
  }
}

function isLetter(octet: number): boolean {
  return octet >= 0x61 && octet <= 0x7a
}

/** `wanted` is in lower case. */
function isAlike(octet: number, wanted: number): boolean {
  return octet === wanted || ((octet | 0x20) === wanted && isLetter(wanted))
}
