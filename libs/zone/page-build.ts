/** Cutting RRs in canonical order into pages. */
import { decodeRR, formatRR, ownerEnd } from '@zonecast/dns'
import { firstKey, isInseparable, separatorKey, type Space, spaceAt } from './key.ts'
import { compareStored } from './order.ts'
import { maxPageOctets, pageHeadOctets, type PageRef, writePageHead } from './page.ts'

export interface PageBuilderOptions {
  /** Takes each page as it is complete. */
  readonly emit: (page: PageRef) => void
  /** The key of the first page, where it is not the first of its space. */
  readonly firstKey?: Uint8Array
  /** A page is closed once it has this many octets; at most and by default 16 000. */
  readonly targetOctets?: number
}

/** Room at first: most zones are small, and what a builder makes is garbage soon. */
const firstOctets = 1_024
/** Octets that a page's offset index can point to. */
const maxOffset = 0xffff

/** Takes stored RRs in strictly ascending canonical order and emits pages that tile their spaces. Memory: one page. */
export class PageBuilder {
  readonly #emit: (page: PageRef) => void
  readonly #target: number
  #key: Uint8Array | undefined
  #space: Space = 0
  #bytes = new Uint8Array(firstOctets)
  #length = 0
  readonly #offsets: number[] = []
  #previous: Uint8Array | undefined

  constructor({ emit, firstKey: key, targetOctets = maxPageOctets }: PageBuilderOptions) {
    this.#emit = emit
    this.#key = key
    this.#target = Math.min(targetOctets, maxPageOctets)
  }

  /** Adds one RR. The bytes are copied, and must stay as they are until the next call. */
  push(stored: Uint8Array): void {
    const previous = this.#previous
    if (previous === undefined) this.#begin(stored)
    else this.#follow(previous, stored)
    this.#append(stored)
    this.#previous = stored
  }

  /** Emits the last page. */
  finish(): void {
    if (this.#offsets.length > 0) this.#close(this.#offsets.length, this.#length)
  }

  #begin(stored: Uint8Array): void {
    this.#space = spaceAt(stored, ownerEnd(stored, 0))
    this.#key ??= firstKey(this.#space)
  }

  #follow(previous: Uint8Array, stored: Uint8Array): void {
    if (compareStored(previous, stored) >= 0) {
      throw new Error(
        `RRs are not in strictly ascending canonical order: ${formatRR(decodeRR(previous))} | ${formatRR(decodeRR(stored))}`,
      )
    }
    if (this.#space === 0 && spaceAt(stored, ownerEnd(stored, 0)) === 1) {
      this.finish()
      this.#key = undefined
      this.#begin(stored)
      return
    }
    const octets = this.#octets()
    if (octets >= this.#target || octets + 2 + stored.length > maxPageOctets) this.#cutBefore(previous, stored)
  }

  #octets(): number {
    return pageHeadOctets + 2 * this.#offsets.length + this.#length
  }

  /** Closes the page at the last place before `stored` where a key can stand; RRs that no key separates grow the page instead. */
  #cutBefore(previous: Uint8Array, stored: Uint8Array): void {
    let cut = this.#offsets.length
    let before = previous
    let after = stored
    while (isInseparable(before, after)) {
      if (--cut === 0) return
      after = before
      before = this.#bytes.subarray(this.#offsets[cut - 1], this.#offsets[cut])
    }
    const key = separatorKey(before, after)
    this.#close(cut, cut < this.#offsets.length ? this.#offsets[cut]! : this.#length)
    this.#key = key
  }

  #close(count: number, length: number): void {
    const head = pageHeadOctets + 2 * count
    const last = count - 1
    if (head + this.#offsets[last]! > maxOffset) throw new Error('an RRset is too large for a page')
    const content = new Uint8Array(head + length)
    writePageHead(content, this.#space, this.#offsets, count)
    content.set(this.#bytes.subarray(0, length), head)
    this.#emit({ key: this.#key!, content })
    this.#bytes.copyWithin(0, length, this.#length)
    this.#length -= length
    this.#offsets.splice(0, count)
    for (let i = 0; i < this.#offsets.length; i++) this.#offsets[i]! -= length
  }

  #append(stored: Uint8Array): void {
    const end = this.#length + stored.length
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end)
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#offsets.push(this.#length)
    this.#bytes.set(stored, this.#length)
    this.#length = end
  }
}

/** The pages of RRs in strictly ascending canonical order. */
export function* buildPages(sorted: Iterable<Uint8Array>): Generator<PageRef, void, undefined> {
  const ready: PageRef[] = []
  const builder = new PageBuilder({ emit: (page) => void ready.push(page) })
  for (const stored of sorted) {
    builder.push(stored)
    if (ready.length > 0) yield* ready.splice(0)
  }
  builder.finish()
  yield* ready
}
