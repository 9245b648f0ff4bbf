/** Comparing RDATA with a text, without writing more of it as text than need be. */
import { canonicalRDATA, formatRDATA, parseRDATAText, rootName, TYPE } from '@zonecast/dns'
import { type AddressPart, partOfIPv4, partOfIPv6 } from './address-part.ts'
import type { RRsetMatch } from './search-port.ts'

/** Types whose text stands in the octets as it is, but for separators; */
const plainTypes = new Set<number>([TYPE.NS, TYPE.CNAME, TYPE.PTR, TYPE.DNAME, TYPE.TXT])
/** and types where that is so of everything but numbers. */
const plainButNumbers = new Set<number>([TYPE.MX, TYPE.SRV, TYPE.CAA])
/** Types whose text is numbers and hexadecimal digits. */
const hexTypes = [TYPE.DS, TYPE.CDS, TYPE.SSHFP, TYPE.TLSA]

export interface ValueMatcher {
  /** Octets that RDATA of `isPlain` types holds, in either case, where it fits; empty where nothing can be told. */
  readonly piece: string
  isPlain(type: number): boolean
  /** False where no RDATA of the type fits. */
  mayFit(type: number): boolean
  /** False where the RDATA does not fit; looks at the octets where they stand, and costs little. */
  mayBe(type: number, bytes: Uint8Array, at: number, octets: number): boolean
  fits(type: number, rdata: Uint8Array): boolean
}

export function valueMatcher(value: NonNullable<RRsetMatch['value']>): ValueMatcher {
  return value.kind === 'exact' ? new ExactValue(value.text) : new PartOfValue(value.text)
}

/** Read once for each type; a text that is none of that type fits nothing. */
class ExactValue implements ValueMatcher {
  readonly piece = ''
  readonly #text: string
  readonly #rdatas = new Map<number, Uint8Array | undefined>()

  constructor(text: string) {
    this.#text = text
  }

  isPlain(): boolean {
    return false
  }

  mayFit(type: number): boolean {
    return this.#rdata(type) !== undefined
  }

  /** The canonical form differs in case alone, which is one bit of an octet. */
  mayBe(type: number, bytes: Uint8Array, at: number, octets: number): boolean {
    const wanted = this.#rdata(type)
    if (wanted === undefined || wanted.length !== octets) return false
    // The last octets of addresses and names differ most often.
    for (let i = octets - 1; i >= 0; i--) if (((bytes[at + i]! ^ wanted[i]!) & 0xdf) !== 0) return false
    return true
  }

  fits(type: number, rdata: Uint8Array): boolean {
    const wanted = this.#rdata(type)
    return wanted !== undefined && Buffer.compare(canonicalRDATA(type, rdata), wanted) === 0
  }

  #rdata(type: number): Uint8Array | undefined {
    const known = this.#rdatas.get(type)
    if (known !== undefined || this.#rdatas.has(type)) return known
    const rdata = read(type, this.#text)
    this.#rdatas.set(type, rdata)
    return rdata
  }
}

function read(type: number, text: string): Uint8Array | undefined {
  try {
    return canonicalRDATA(type, parseRDATAText(type, text, rootName))
  } catch {
    return undefined
  }
}

class PartOfValue implements ValueMatcher {
  readonly piece: string
  readonly #text: string
  /** True where the text, if it stands in one of these, stands in the name or the text and not in a number before it. */
  readonly #isInName: boolean
  readonly #never: ReadonlySet<number>
  readonly #ipv4: AddressPart
  readonly #ipv6: AddressPart

  constructor(text: string) {
    this.#text = text
    this.piece = longestPiece(text)
    this.#isInName = /[a-z]/.test(this.piece) || /^[^\s]*[^\s\d][^\s]*$/.test(text)
    this.#never = new Set([
      ...(/[^\d.]/.test(text) ? [TYPE.A] : []),
      ...(/[^\da-f:.]/.test(text) ? [TYPE.AAAA] : []),
      ...(/[^\da-f ]/.test(text) ? hexTypes : []),
    ])
    this.#ipv4 = partOfIPv4(text)
    this.#ipv6 = partOfIPv6(text)
  }

  isPlain(type: number): boolean {
    return this.piece !== '' && (plainTypes.has(type) || (this.#isInName && plainButNumbers.has(type)))
  }

  mayFit(type: number): boolean {
    return !this.#never.has(type)
  }

  mayBe(type: number, bytes: Uint8Array, at: number, octets: number): boolean {
    if (type === TYPE.A && octets === 4) return this.#ipv4.mayHave(bytes, at)
    return type !== TYPE.AAAA || octets !== 16 || this.#ipv6.mayHave(bytes, at)
  }

  fits(type: number, rdata: Uint8Array): boolean {
    return formatRDATA(type, rdata).toLowerCase().includes(this.#text)
  }
}

/** The longest run of characters that stand in names and texts as they are; none where the text has escapes. */
export function longestPiece(text: string): string {
  if (text.includes('\\')) return ''
  return text.split(/[^a-z0-9_-]+/).reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '')
}
