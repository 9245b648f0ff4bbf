/** The zones of a store in memory: a record each, found by name. */
import { nameKey, type Name } from '@zonecast/dns'
import { isServed } from '@zonecast/zone'
import type { StoredZone } from './layout.ts'

/** Some 500 octets a zone, whatever its size. Tombstones are in it too. */
export class Catalog {
  readonly #byKey = new Map<string, StoredZone>()
  /** Those that are served alone. */
  readonly #byApex = new Map<string, StoredZone>()

  get(zone: string): StoredZone | undefined {
    return this.#byKey.get(zone)
  }

  set(stored: StoredZone): void {
    this.#byKey.set(stored.zone, stored)
    if (isServed(stored.header)) this.#byApex.set(nameKey(stored.apex), stored)
    else this.#byApex.delete(nameKey(stored.apex))
  }

  values(): Iterable<StoredZone> {
    return this.#byKey.values()
  }

  /** The served zone whose apex is the longest at or above a name. */
  enclosing(name: Name): StoredZone | undefined {
    const folded = nameKey(name)
    for (let at = 0; ; at += 1 + folded.charCodeAt(at)) {
      const stored = this.#byApex.get(at === 0 ? folded : folded.slice(at))
      if (stored !== undefined) return stored
      if (folded.charCodeAt(at) === 0) return undefined
    }
  }
}
