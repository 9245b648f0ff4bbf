/** The sorted page keys of one content, so that a floor lookup costs no scan. */
import { compareKeys, type PageRef } from '@zonecast/zone'

/** Immutable list of page keys in key order; what LMDB has no cheap floor lookup for. */
export class Directory {
  readonly keys: readonly Uint8Array[]

  constructor(keys: readonly Uint8Array[]) {
    this.keys = keys
  }

  /** Index of the last key at or before `key`, or -1. */
  floor(key: Uint8Array): number {
    let low = 0
    let high = this.keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(this.keys[middle] as Uint8Array, key) <= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** The directory after pages were written and removed, keys that stay being the same objects; itself when none comes or goes. */
  patched(puts: readonly PageRef[], deletes: readonly Uint8Array[]): Directory {
    const fresh = puts.filter(({ key }) => !this.#has(key))
    if (fresh.length === 0 && deletes.length === 0) return this
    const gone = new Set(deletes.filter((key) => this.#has(key)).map((key) => this.floor(key)))
    const come = fresh.map(({ key }) => new Uint8Array(key)).toSorted(compareKeys)
    const keys: Uint8Array[] = []
    let from = 0
    const keepUntil = (end: number) => {
      for (; from < end; from++) if (!gone.has(from)) keys.push(this.keys[from]!)
    }
    for (const key of come) {
      keepUntil(this.floor(key) + 1)
      keys.push(key)
    }
    keepUntil(this.keys.length)
    return new Directory(keys)
  }

  /** What belonged to the keys of an earlier directory, in the order of this one's; `undefined` for keys that have come. */
  carried<T>(earlier: Directory, values: readonly (T | undefined)[]): (T | undefined)[] {
    let from = 0
    return this.keys.map((key) => {
      while (earlier.keys[from] !== key && from < earlier.keys.length && compareKeys(earlier.keys[from]!, key) < 0) from++
      return earlier.keys[from] === key ? values[from++] : undefined
    })
  }

  #has(key: Uint8Array): boolean {
    const at = this.keys[this.floor(key)]
    return at !== undefined && compareKeys(at, key) === 0
  }
}
