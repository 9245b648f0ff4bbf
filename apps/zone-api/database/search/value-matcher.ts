/** Comparing RDATA with a text, without writing more of it as text than need be. */
import { canonicalRDATA, formatRDATA, parseRDATAText, rootName, TYPE } from '@zonecast/dns'
import type { RRsetMatch } from './search-port.ts'

/** Types whose text stands in the octets as it is, but for separators; */
const plainTypes = new Set<number>([TYPE.NS, TYPE.CNAME, TYPE.PTR, TYPE.DNAME, TYPE.TXT])
/** and types where that is so of everything but numbers. */
const plainButNumbers = new Set<number>([TYPE.MX, TYPE.SRV])

export interface ValueMatcher {
  /** Octets that RDATA of `isPlain` types holds in lower case where it fits; empty where nothing can be told. */
  readonly piece: string
  isPlain(type: number): boolean
  /** False where no RDATA of the type fits. */
  mayFit(type: number): boolean
  /** False where no RDATA of so many octets fits. */
  mayHave(type: number, octets: number): boolean
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

  /** The canonical form differs in case alone. */
  mayHave(type: number, octets: number): boolean {
    return this.#rdata(type)?.length === octets
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
  readonly #hasLetter: boolean
  readonly #never: ReadonlySet<number>

  constructor(text: string) {
    this.#text = text
    this.piece = longestPiece(text)
    this.#hasLetter = /[a-z]/.test(this.piece)
    const never = []
    if (/[^\d.]/.test(text)) never.push(TYPE.A)
    if (/[^\da-f:.]/.test(text)) never.push(TYPE.AAAA)
    this.#never = new Set(never)
  }

  isPlain(type: number): boolean {
    return this.piece !== '' && (plainTypes.has(type) || (this.#hasLetter && plainButNumbers.has(type)))
  }

  mayFit(type: number): boolean {
    return !this.#never.has(type)
  }

  mayHave(): boolean {
    return true
  }

  fits(type: number, rdata: Uint8Array): boolean {
    // Most records of most zones, and the general way costs ten times as much.
    if (type === TYPE.A && rdata.length === 4) return rdata.join('.').includes(this.#text)
    return formatRDATA(type, rdata).toLowerCase().includes(this.#text)
  }
}

/** The longest run of characters that stand in names and texts as they are; none where the text has escapes. */
export function longestPiece(text: string): string {
  if (text.includes('\\')) return ''
  return text.split(/[^a-z0-9_-]+/).reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '')
}
