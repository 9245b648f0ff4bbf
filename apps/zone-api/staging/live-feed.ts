/** The present content of a zone, handed over in parts to whoever compares with it. */
import { ownerEnd, rdataStart, rdlengthAt } from '@zonecast/dns'

/** The next RRs of the zone as stored, in canonical order, the SOA not among them. */
export interface LivePart {
  /** Each holds whole RRs back to back. */
  readonly packed: readonly Uint8Array[]
  /** True when the zone ends with these. */
  readonly last: boolean
}

/** A part with nothing in it, for a zone that has no content yet. */
export const noContent: LivePart = { packed: [], last: true }

export class LiveFeed {
  #packed: readonly Uint8Array[] = []
  #block = 0
  #at = 0
  #last = false
  #present: Uint8Array | undefined

  /** True when the next RR is not known before another part came. */
  get isWaiting(): boolean {
    return this.#present === undefined && !this.#last
  }

  /** The next RR; undefined at the end. A view that stays good. */
  get present(): Uint8Array | undefined {
    return this.#present
  }

  /** Takes the next part; the one before has to be used up. */
  give({ packed, last }: LivePart): void {
    this.#packed = packed
    this.#block = 0
    this.#at = 0
    this.#last = last
    this.advance()
  }

  advance(): void {
    while (this.#block < this.#packed.length) {
      const bytes = this.#packed[this.#block]!
      if (this.#at < bytes.length) {
        const fixed = ownerEnd(bytes, this.#at)
        const end = rdataStart(fixed) + rdlengthAt(bytes, fixed)
        this.#present = bytes.subarray(this.#at, end)
        this.#at = end
        return
      }
      this.#block++
      this.#at = 0
    }
    this.#present = undefined
  }
}
