/** Compares the old and the new content of a zone as both stream by. */
import { equalBytes, fold, ownerEnd, ttlAt, typeAt } from '@zonecast/dns'
import { compareStored, type Delta, packRRs } from '@zonecast/zone'

export interface DiffCounts {
  readonly addedRRs: number
  readonly removedRRs: number
  /** RRsets, counted by owner and type, of which nothing is left. */
  readonly removedRRsets: number
  /** Largest TTL that touched RRsets had before; 0 when none was. */
  readonly oldTtl: number
}

/** Used entries that are kept before they are cut off together. */
const maxUsed = 256

/**
 * Give old and new RRs in canonical order: an old one before the first new one that does not come before it. The delta is collected
 * while it is not larger than a limit, and taken away in pieces.
 */
export class ContentDiff {
  readonly #limit: number
  readonly #waiting: Uint8Array[] = []
  #head = 0
  #removed: Uint8Array[] = []
  #added: Uint8Array[] = []
  #octets = 0
  #pending = 0
  #addedRRs = 0
  #removedRRs = 0
  readonly #rrsets = new RRsetTally()

  /** The delta is given up when it takes more octets than `limit`; 0 means that none is wanted. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** True while the delta is kept. */
  get hasDelta(): boolean {
    return this.#octets < this.#limit
  }

  /** Octets of the whole delta so far. */
  get octets(): number {
    return this.#octets
  }

  /** Octets of the delta not yet taken. */
  get pendingOctets(): number {
    return this.#pending
  }

  old(stored: Uint8Array): void {
    this.#waiting.push(stored)
  }

  new(stored: Uint8Array): void {
    for (let old = this.#oldHead(); old !== undefined; old = this.#oldHead()) {
      const order = old === stored ? 0 : compareStored(old, stored)
      if (order > 0) break
      this.#head++
      if (order < 0) {
        this.#remove(old)
        continue
      }
      if (old !== stored && !equalBytes(old, stored)) {
        this.#remove(old)
        this.#add(stored)
      } else {
        this.#rrsets.see(stored, true, true, false)
      }
      return
    }
    this.#add(stored)
  }

  /** No new RR comes at or before the old ones given so far. */
  passed(): void {
    for (let old = this.#oldHead(); old !== undefined; old = this.#oldHead()) {
      this.#head++
      this.#remove(old)
    }
  }

  /** There is no more new content. */
  end(): void {
    this.passed()
    this.#rrsets.close()
  }

  counts(): DiffCounts {
    const { removed, oldTtl } = this.#rrsets
    return { addedRRs: this.#addedRRs, removedRRs: this.#removedRRs, removedRRsets: removed, oldTtl }
  }

  /** The delta since the last call. */
  takePiece(): Delta {
    const piece = { removed: packRRs(this.#removed), added: packRRs(this.#added) }
    this.#forget()
    return piece
  }

  #oldHead(): Uint8Array | undefined {
    // The checker holds an RRset back, so the list may never be empty: what was used goes before it counts.
    if (this.#head === maxUsed || this.#head === this.#waiting.length) {
      this.#waiting.splice(0, this.#head)
      this.#head = 0
    }
    return this.#waiting[this.#head]
  }

  #remove(stored: Uint8Array): void {
    this.#removedRRs++
    this.#rrsets.see(stored, true, false, true)
    if (this.#keep(stored)) this.#removed.push(stored)
  }

  #add(stored: Uint8Array): void {
    this.#addedRRs++
    this.#rrsets.see(stored, false, true, true)
    if (this.#keep(stored)) this.#added.push(stored)
  }

  #keep(stored: Uint8Array): boolean {
    if (!this.hasDelta) return false
    this.#octets += stored.length
    this.#pending += stored.length
    if (!this.hasDelta) this.#forget()
    return this.hasDelta
  }

  #forget(): void {
    this.#removed = []
    this.#added = []
    this.#pending = 0
  }
}

/** Follows which RRset is passing and what becomes of it. */
class RRsetTally {
  removed = 0
  oldTtl = 0
  #present: Uint8Array | undefined
  #wasThere = false
  #isThere = false
  #touched = false
  #ttl = 0

  see(stored: Uint8Array, wasThere: boolean, isThere: boolean, touched: boolean): void {
    if (this.#present === undefined || !sameRRset(this.#present, stored)) {
      this.close()
      this.#present = stored
    }
    this.#wasThere ||= wasThere
    this.#isThere ||= isThere
    this.#touched ||= touched
    if (wasThere) this.#ttl = Math.max(this.#ttl, ttlAt(stored, ownerEnd(stored, 0)))
  }

  close(): void {
    if (this.#wasThere && !this.#isThere) this.removed++
    if (this.#wasThere && this.#touched) this.oldTtl = Math.max(this.oldTtl, this.#ttl)
    this.#present = undefined
    this.#wasThere = false
    this.#isThere = false
    this.#touched = false
    this.#ttl = 0
  }
}

/** The same owner, whatever its case, and the same type. */
export function sameRRset(a: Uint8Array, b: Uint8Array): boolean {
  const end = ownerEnd(a, 0)
  for (let i = 0; i < end; i++) if (a[i] !== b[i] && fold(a[i]!) !== fold(b[i]!)) return false
  return typeAt(a, end) === typeAt(b, end)
}
