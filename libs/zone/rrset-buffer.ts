/** Holds back one RRset of a stream, so that all its RRs leave with one TTL. */
import { type Name, putU32, rdataStart, rdlengthAt, TYPE, ttlAt, typeAt, u16At } from '@zonecast/dns'

/** RRs with one owner and type; RRSIGs with one owner and type covered, for each has the TTL of what it covers (RFC 4034 §3). */
export class RRsetBuffer {
  readonly #emit: (stored: Uint8Array) => void
  readonly #lowered: (owner: Name, type: number, ttl: number) => void
  readonly #held: Uint8Array[] = []
  #ownerEnd = 0
  #type = 0
  #covered = 0
  #ttl = 0
  #differs = false
  /** RRs taken so far, without those given twice. */
  count = 0
  octets = 0
  duplicates = 0

  constructor(emit: (stored: Uint8Array) => void, lowered: (owner: Name, type: number, ttl: number) => void) {
    this.#emit = emit
    this.#lowered = lowered
  }

  /**
   * Takes an RR whose owner name ends at `end`; RRs of another type are emitted first. The caller flushes where the owner
   * changes. Returns the type an RRSIG covers, else 0.
   */
  push(stored: Uint8Array, end: number, type: number): number {
    const covered = type === TYPE.RRSIG && rdlengthAt(stored, end) >= 2 ? u16At(stored, rdataStart(end)) : 0
    const ttl = ttlAt(stored, end)
    if (this.#held.length === 0 || type !== this.#type || covered !== this.#covered) {
      this.flush()
      this.#ownerEnd = end
      this.#type = type
      this.#covered = covered
      this.#ttl = ttl
    } else if (ttl !== this.#ttl) {
      this.#differs = true
      if (ttl < this.#ttl) this.#ttl = ttl
    }
    this.#held.push(stored)
    this.count++
    this.octets += stored.length
    return covered
  }

  /** Drops an RR that is the same as the one before it; a lower TTL still counts. */
  repeat(stored: Uint8Array, end: number): void {
    this.duplicates++
    const ttl = ttlAt(stored, end)
    if (this.#held.length === 0 || ttl === this.#ttl || typeAt(stored, end) !== this.#type) return
    this.#differs = true
    if (ttl < this.#ttl) this.#ttl = ttl
  }

  /** Emits what is held. */
  flush(): void {
    const held = this.#held
    if (this.#differs) this.#lowered(held[0]!.slice(0, this.#ownerEnd), this.#type, this.#ttl)
    for (let i = 0; i < held.length; i++) this.#emit(this.#differs ? withTtl(held[i]!, this.#ownerEnd, this.#ttl) : held[i]!)
    held.length = 0
    this.#differs = false
  }
}

function withTtl(stored: Uint8Array, end: number, ttl: number): Uint8Array {
  if (ttlAt(stored, end) === ttl) return stored
  const copy = stored.slice()
  putU32(copy, end + 4, ttl)
  return copy
}
