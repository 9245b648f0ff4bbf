/** Synchronous reading from pages that are loaded on demand. */
import { compareKeys } from './key.ts'
import type { PageEdits } from './apply-delta.ts'
import type { PageRef } from './page.ts'
import { PageMissing, type PageReader } from './reader.ts'

/** The keys of a zone's pages in order: the floor lookup that stores do not have. */
export class PageDirectory {
  readonly #keys: Uint8Array[]

  /** Takes keys in ascending order. */
  constructor(keys: Iterable<Uint8Array> = []) {
    this.#keys = [...keys]
  }

  get size(): number {
    return this.#keys.length
  }

  /** The key of the page whose range holds `key`. */
  floor(key: Uint8Array): Uint8Array | undefined {
    return this.#inSpace(this.#countUpTo(key) - 1, key)
  }

  /** The key of the page that follows the one with this key. */
  after(key: Uint8Array): Uint8Array | undefined {
    return this.#inSpace(this.#countUpTo(key), key)
  }

  /** The key of the page that precedes the one with this key. */
  before(key: Uint8Array): Uint8Array | undefined {
    return this.#inSpace(this.#countUpTo(key) - 2, key)
  }

  add(key: Uint8Array): void {
    const count = this.#countUpTo(key)
    if (count > 0 && compareKeys(this.#keys[count - 1]!, key) === 0) return
    this.#keys.splice(count, 0, key)
  }

  delete(key: Uint8Array): void {
    const count = this.#countUpTo(key)
    if (count > 0 && compareKeys(this.#keys[count - 1]!, key) === 0) this.#keys.splice(count - 1, 1)
  }

  [Symbol.iterator](): IterableIterator<Uint8Array> {
    return this.#keys.values()
  }

  #inSpace(index: number, key: Uint8Array): Uint8Array | undefined {
    const found = this.#keys[index]
    return found?.[0] === key[0] ? found : undefined
  }

  /** How many keys are not after `key`. */
  #countUpTo(key: Uint8Array): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(this.#keys[middle]!, key) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** A reader that knows all page keys and some contents; for the others it throws PageMissing. */
export class PageCache implements PageReader {
  readonly directory: PageDirectory
  readonly #contents = new Map<string, Uint8Array>()

  constructor(keys: Iterable<Uint8Array>) {
    this.directory = new PageDirectory(keys)
  }

  at(key: Uint8Array): PageRef | undefined {
    return this.#page(this.directory.floor(key))
  }

  after(key: Uint8Array): PageRef | undefined {
    return this.#page(this.directory.after(key))
  }

  before(key: Uint8Array): PageRef | undefined {
    return this.#page(this.directory.before(key))
  }

  /** Keeps the content of a page. */
  load({ key, content }: PageRef): void {
    this.#contents.set(textOf(key), content)
  }

  /** Brings keys and contents to the state after the edits. */
  apply({ puts, deletes }: PageEdits): void {
    for (const key of deletes) {
      this.directory.delete(key)
      this.#contents.delete(textOf(key))
    }
    for (const page of puts) {
      this.directory.add(page.key)
      this.load(page)
    }
  }

  #page(key: Uint8Array | undefined): PageRef | undefined {
    if (key === undefined) return undefined
    const content = this.#contents.get(textOf(key))
    if (content === undefined) throw new PageMissing(key)
    return { key, content }
  }
}

function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key)
}

/** Loads the page of a key from storage. */
export type LoadPage = (key: Uint8Array) => Promise<Uint8Array>

/**
 * Runs synchronous code over a cache, loading what it misses and running it again: planning stays free of waiting though storage
 * is not. `run` must have no effects but its result, and runs once more for each page it misses.
 */
export async function withPages<Result>(load: LoadPage, cache: PageCache, run: (reader: PageReader) => Result): Promise<Result> {
  for (;;) {
    try {
      return run(cache)
    } catch (error) {
      if (!(error instanceof PageMissing)) throw error
      cache.load({ key: error.key, content: await load(error.key) })
    }
  }
}
