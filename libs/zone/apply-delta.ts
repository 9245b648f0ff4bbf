/** Applying a delta to pages: only what it touches is rewritten. */
import { type Change, changesOf } from './delta.ts'
import { compareKeys, compareStoredToKey, storedKey } from './key.ts'
import { maxPageOctets, pageCount, pageHeadOctets, type PageRef, rrsOf } from './page.ts'
import { countGrowthOf, growthOf, listed, notThere, type Place, placesOf, splice } from './page-edit.ts'
import { PageBuilder } from './page-build.ts'
import type { PageReader } from './reader.ts'
import type { Delta } from './types.ts'

/** What to store: pages to put, which replace those of the same key, and keys of pages to delete, each in key order. */
export interface PageEdits {
  readonly puts: PageRef[]
  readonly deletes: Uint8Array[]
}

/** A page that a delta leaves smaller than this is joined with a neighbour. */
export const minPageOctets = 4_000

/**
 * The edits that bring pages from the delta's base to its result. Throws DeltaError when a removed RR is not there byte for byte, or
 * an added one is. Pages that grow too large are split evenly; a space that loses its last RR has no pages.
 */
export function applyDelta(reader: PageReader, delta: Delta): PageEdits {
  const changes = changesOf(delta)
  const edits: PageEdits = { puts: [], deletes: [] }
  let previousEnd: Uint8Array | undefined
  for (let from = 0; from < changes.length;) {
    const page = reader.at(storedKey(changes[from]!.stored))
    if (page === undefined) {
      from = fillSpace(changes, from, edits)
      continue
    }
    const run = new Run(reader, page)
    from = run.take(changes, from)
    run.settle(edits, previousEnd)
    previousEnd = run.end
  }
  return edits
}

/** Builds the first pages of a space that has none. */
function fillSpace(changes: readonly Change[], from: number, edits: PageEdits): number {
  const space = storedKey(changes[from]!.stored)[0]
  const builder = new PageBuilder({ emit: (page) => void edits.puts.push(page) })
  let at = from
  for (; at < changes.length && storedKey(changes[at]!.stored)[0] === space; at++) {
    if (changes[at]!.removed) throw notThere(changes[at]!)
    builder.push(changes[at]!.added!)
  }
  builder.finish()
  return at
}

/** Neighbouring pages that are rewritten together: one page and, while what is left is too small, those after it. */
class Run {
  readonly #reader: PageReader
  #key: Uint8Array
  /** Keys of the pages it consists of. */
  readonly #keys: Uint8Array[] = []
  #page: PageRef
  #next: PageRef | undefined
  /** The result while it is one page. */
  #content: Uint8Array | undefined
  /** The result as RRs, once pages are joined or it is too large for one. */
  #rrs: Uint8Array[] | undefined

  constructor(reader: PageReader, page: PageRef) {
    this.#reader = reader
    this.#page = page
    this.#key = page.key
  }

  /** The key of the page that follows in the base. */
  get end(): Uint8Array | undefined {
    return this.#next?.key
  }

  /** Applies the changes from index `from` on that belong to the run; says where the others begin. */
  take(changes: readonly Change[], from: number): number {
    let at = from
    for (;;) {
      this.#next = this.#reader.after(this.#page.key)
      this.#keys.push(this.#page.key)
      const end = endOfRange(changes, at, this.#page.key, this.#next?.key)
      this.#edit(placesOf(this.#page.content, changes, at, end))
      at = end
      if (this.#next === undefined || this.#octets() >= minPageOctets) return at
      this.#page = this.#next
    }
  }

  #edit(places: readonly Place[]): void {
    const content = this.#page.content
    const octets = content.length + growthOf(places)
    const count = pageCount(content) + countGrowthOf(places)
    if (this.#rrs === undefined && count > 0 && octets <= maxPageOctets && this.#keys.length === 1) {
      this.#content = splice(content, places, count, octets)
      return
    }
    const before = this.#rrs ?? (this.#content ? rrsOf(this.#content) : [])
    this.#rrs = [...before, ...listed(content, places)]
    this.#content = undefined
  }

  #octets(): number {
    return this.#content?.length ?? pageOctets(this.#rrs!)
  }

  /** Writes the result; where it is too small and last of its space, the page before joins. */
  settle(edits: PageEdits, previousEnd: Uint8Array | undefined): void {
    if (this.#next === undefined && this.#octets() < minPageOctets) this.#joinPrevious(edits, previousEnd)
    const puts: PageRef[] = []
    if (this.#content) puts.push({ key: this.#key, content: this.#content })
    else if (this.#rrs!.length > 0) puts.push(...split(this.#key, this.#rrs!))
    if (puts.length === 1 && this.#keys.length === 1 && compareKeys(puts[0]!.key, this.#keys[0]!) === 0) {
      edits.puts.push(puts[0]!)
      return
    }
    const kept = new Set(puts.map(({ key }) => hexOf(key)))
    edits.puts.push(...puts)
    edits.deletes.push(...this.#keys.filter((key) => !kept.has(hexOf(key))))
  }

  #joinPrevious(edits: PageEdits, previousEnd: Uint8Array | undefined): void {
    // The page before, as this delta leaves it.
    const follows = previousEnd !== undefined && compareKeys(previousEnd, this.#keys[0]!) === 0
    const previous = follows ? edits.puts.pop() : this.#reader.before(this.#keys[0]!)
    if (previous === undefined) return
    this.#rrs = [...rrsOf(previous.content), ...(this.#rrs ?? rrsOf(this.#content!))]
    this.#content = undefined
    this.#key = previous.key
  }
}

function endOfRange(changes: readonly Change[], from: number, key: Uint8Array, next: Uint8Array | undefined): number {
  let at = from
  const limit = next ?? new Uint8Array([key[0]! + 1])
  while (at < changes.length && compareStoredToKey(changes[at]!.stored, 0, limit) < 0) at++
  return at
}

function pageOctets(rrs: readonly Uint8Array[]): number {
  return rrs.reduce((octets, stored) => octets + 2 + stored.length, pageHeadOctets)
}

/** As few pages as hold the RRs, about equally full. */
function split(key: Uint8Array, rrs: readonly Uint8Array[]): PageRef[] {
  const octets = pageOctets(rrs)
  const pages: PageRef[] = []
  const targetOctets = Math.ceil(octets / Math.ceil(octets / maxPageOctets))
  const builder = new PageBuilder({ emit: (page) => void pages.push(page), firstKey: key, targetOctets })
  for (const stored of rrs) builder.push(stored)
  builder.finish()
  return pages
}

function hexOf(key: Uint8Array): string {
  return String.fromCharCode(...key)
}

/** Pages in key order with edits made: for holders that keep all pages in memory. */
export function editPages(pages: readonly PageRef[], { puts, deletes }: PageEdits): PageRef[] {
  const byKey = new Map(pages.map((page) => [hexOf(page.key), page]))
  for (const key of deletes) byKey.delete(hexOf(key))
  for (const page of puts) byKey.set(hexOf(page.key), page)
  return [...byKey.values()].toSorted((a, b) => compareKeys(a.key, b.key))
}
