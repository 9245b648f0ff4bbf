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

  /** The directory after pages were written and removed; itself when no key comes or goes. */
  patched(puts: readonly PageRef[], deletes: readonly Uint8Array[]): Directory {
    const fresh = puts.filter(({ key }) => !this.#has(key))
    if (fresh.length === 0 && deletes.length === 0) return this
    const gone = new Set(deletes.map(latin1))
    const kept = gone.size === 0 ? this.keys : this.keys.filter((key) => !gone.has(latin1(key)))
    return new Directory([...kept, ...fresh.map(({ key }) => Uint8Array.from(key))].toSorted(compareKeys))
  }

  #has(key: Uint8Array): boolean {
    const at = this.keys[this.floor(key)]
    return at !== undefined && compareKeys(at, key) === 0
  }
}

function latin1(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
