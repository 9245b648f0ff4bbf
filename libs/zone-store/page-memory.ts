/** Pages in memory for answering questions: LMDB copies a page at each reading. */
import type { PageReader, PageRef } from '@zonecast/zone'
import type { Directory } from './directory.ts'
import { contentRange, keyOfPage } from './layout.ts'
import type { VersionSignals } from './version-signals.ts'

/** Pages of one version by their place in its directory. */
type Slots = (PageRef | undefined)[]

/** What a page takes besides its octets. */
const pageExtraOctets = 200

/** How many octets of pages are kept over all zones: the oldest go first. */
export class PageMemory {
  readonly #maxOctets: number
  readonly #queue: { readonly slots: Slots; readonly index: number; readonly page: PageRef }[] = []
  #head = 0
  #octets = 0

  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets
  }

  get octets(): number {
    return this.#octets
  }

  keep(slots: Slots, index: number, page: PageRef): void {
    slots[index] = page
    this.#queue.push({ slots, index, page })
    this.#octets += sizeOf(page)
    while (this.#octets > this.#maxOctets) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const { slots, index, page } = this.#queue[this.#head++]!
    this.#octets -= sizeOf(page)
    // Where page keys came or went since, it has another place.
    const at = slots[index] === page ? index : slots.indexOf(page)
    if (at >= 0) slots[at] = undefined
    if (this.#head * 2 < this.#queue.length) return
    this.#queue.splice(0, this.#head)
    this.#head = 0
  }
}

function sizeOf({ content }: PageRef): number {
  return content.length + pageExtraOctets
}

export interface KeptPagesOptions {
  readonly memory: PageMemory
  /** Reads one version, each page where the read transaction is at that version. */
  readonly pages: PageReader
  readonly directory: Directory
  readonly signals: Pick<VersionSignals, 'doubts'>
}

/** A reader of one version that keeps what it has read. Whoever uses it has checked that the version is the present one. */
export class KeptPages implements PageReader {
  readonly #options: KeptPagesOptions
  readonly #slots: Slots
  #doubts: number

  constructor(options: KeptPagesOptions, slots: Slots = Array.from({ length: options.directory.keys.length })) {
    this.#options = options
    this.#slots = slots
    this.#doubts = options.signals.doubts
  }

  at(key: Uint8Array): PageRef | undefined {
    return this.#page(this.#options.directory.floor(key), key, 'at')
  }

  after(key: Uint8Array): PageRef | undefined {
    return this.#page(this.#options.directory.floor(key) + 1, key, 'after')
  }

  before(key: Uint8Array): PageRef | undefined {
    return this.#page(this.#options.directory.floor(key) - 1, key, 'before')
  }

  /** The next version: what was not written anew is still good. This reader is not to be used after it. */
  moved(pages: PageReader, directory: Directory, content: number, puts: readonly { readonly key: Uint8Array }[]): KeptPages {
    const slots = this.#slots
    if (directory !== this.#options.directory) {
      const carried = directory.carried(this.#options.directory, slots)
      slots.length = carried.length
      for (const [index, page] of carried.entries()) slots[index] = page
    }
    const { start } = contentRange(content)
    for (const { key } of puts) {
      if (start.every((octet, i) => key[i] === octet)) slots[directory.floor(keyOfPage(key))] = undefined
    }
    return new KeptPages({ ...this.#options, pages, directory }, slots)
  }

  #page(index: number, key: Uint8Array, step: keyof PageReader): PageRef | undefined {
    const { memory, pages, signals } = this.#options
    if (this.#doubts !== signals.doubts) {
      this.#doubts = signals.doubts
      this.#slots.fill(undefined)
    }
    const kept = this.#slots[index]
    if (kept !== undefined) return kept.key[0] === key[0] ? kept : undefined
    const read = pages[step](key)
    if (read === undefined) return undefined
    const { buffer, byteOffset, length } = read.content
    // Lookup takes many views of a page, and those of a Buffer cost several times as much as those of plain octets.
    const page = { key: read.key, content: new Uint8Array(buffer, byteOffset, length) }
    memory.keep(this.#slots, index, page)
    return page
  }
}
