/** The octets of a message that is being written: names compressed, RRs one behind the other (RFC 1035 §4.1). */
import { putOPT, type Edns } from './edns.ts'
import { headerOctets, type Question } from './message.ts'
import { equalNamesAt, type Name } from './name.ts'
import { NameCompressor } from './name-compressor.ts'
import { type RR, rdataStart } from './rr.ts'
import { endOfStored, type StoredRRset } from './stored-rrset.ts'
import { CLASS, TYPE } from './types.ts'
import { putOctets, putU16, putU32 } from './wire.ts'

export const maxMessageOctets = 0xffff
/** An RR is written before it is known whether it fits; one more fits in any case. */
const scratch = new Uint8Array(2 * maxMessageOctets + 1024)

/** RDATA whose names are compressed: octets before the names, and how many names (RFC 3597 §4: the types of RFC 1035 only). */
const compressible: ReadonlyMap<number, readonly [prefix: number, names: number]> = new Map([
  [TYPE.NS, [0, 1]],
  [TYPE.MD, [0, 1]],
  [TYPE.MF, [0, 1]],
  [TYPE.CNAME, [0, 1]],
  [TYPE.SOA, [0, 2]],
  [TYPE.MB, [0, 1]],
  [TYPE.MG, [0, 1]],
  [TYPE.MR, [0, 1]],
  [TYPE.PTR, [0, 1]],
  [TYPE.MINFO, [0, 2]],
  [TYPE.MX, [2, 1]],
])
/** Types above this one hold no names that are compressed. */
const lastCompressible = Math.max(...compressible.keys())

export interface WriterOptions {
  /** Octets that what is written may take, from the header on. */
  readonly limit: number
  readonly compress: boolean
  /** The name of a question, in lower case, that stands behind the header for good: owners that equal it point to it, whatever their case. */
  readonly asked?: Name
}

/** Writes into octets that all writers share: one is in use at a time. */
export class MessageWriter {
  readonly bytes = scratch
  readonly #limit: number
  readonly #asked: Name | undefined
  readonly #compressor: NameCompressor | undefined
  /** The asked name is only written where there are names that may point to it. */
  #isAskedWritten = false
  at = headerOctets

  constructor({ limit, compress, asked }: WriterOptions) {
    this.#limit = limit
    this.#compressor = compress ? new NameCompressor(scratch) : undefined
    this.#asked = asked
    if (asked !== undefined) this.at = headerOctets + asked.length + 4
  }

  /** False where more was written than there is room for. */
  get isWithin(): boolean {
    return this.at <= this.#limit
  }

  question({ name, type, class: class_ }: Question): void {
    this.#name(name, 0, name.length)
    putU16(scratch, this.at, type)
    putU16(scratch, this.at + 2, class_)
    this.at += 4
  }

  opt(edns: Edns, rcode: number): void {
    this.at = putOPT(scratch, this.at, edns, rcode)
  }

  rr({ owner, type, ttl, rdata }: RR): void {
    this.#owner(owner, 0, owner.length)
    const at = this.at
    putU16(scratch, at, type)
    putU16(scratch, at + 2, CLASS.IN)
    putU32(scratch, at + 4, ttl)
    this.at = at + 10
    this.#rdata(type, rdata, 0, rdata.length)
    putU16(scratch, at + 8, this.at - at - 10)
  }

  /** Writes the RR of an RRset that stands at `start` in its octets, and returns where the next one stands. */
  stored({ bytes, ownerOctets, type, owner, ttl }: StoredRRset, start: number): number {
    const fixed = start + ownerOctets
    if (owner === undefined) this.#owner(bytes, start, fixed)
    else this.#owner(owner, 0, owner.length)
    const at = this.at
    for (let i = 0; i < 8; i++) scratch[at + i] = bytes[fixed + i]!
    if (ttl !== undefined) putU32(scratch, at + 4, ttl)
    this.at = at + 10
    const end = endOfStored(bytes, start, ownerOctets)
    this.#rdata(type, bytes, rdataStart(fixed), end)
    putU16(scratch, at + 8, this.at - at - 10)
    return end
  }

  /** The root is shorter than a pointer. */
  #owner(bytes: Uint8Array, start: number, end: number): void {
    const asked = this.#asked
    const length = end - start
    if (asked === undefined || length === 1 || length !== asked.length || !equalNamesAt(bytes, start, asked, 0, length))
      return this.#name(bytes, start, end)
    putU16(scratch, this.at, 0xc000 | headerOctets)
    this.at += 2
  }

  #rdata(type: number, bytes: Uint8Array, start: number, end: number): void {
    const layout = type <= lastCompressible && this.#compressor !== undefined ? compressible.get(type) : undefined
    if (layout === undefined) this.#octets(bytes, start, end)
    else this.#rdataWithNames(bytes, start, end, layout[0], layout[1])
  }

  #rdataWithNames(bytes: Uint8Array, start: number, end: number, prefix: number, names: number): void {
    this.#octets(bytes, start, start + prefix)
    let at = start + prefix
    for (let name = 0; name < names; name++) {
      let last = at
      while (last < end && bytes[last]! > 0) last += 1 + bytes[last]!
      // What is no name is left as it is.
      if (last >= end) break
      this.#name(bytes, at, last + 1)
      at = last + 1
    }
    this.#octets(bytes, at, end)
  }

  #name(bytes: Uint8Array, start: number, end: number): void {
    const compressor = this.#compressor
    if (compressor === undefined) return this.#octets(bytes, start, end)
    if (this.#asked !== undefined && !this.#isAskedWritten) {
      this.#isAskedWritten = true
      compressor.write(this.#asked, 0, this.#asked.length, headerOctets)
    }
    this.at = compressor.write(bytes, start, end, this.at)
  }

  #octets(bytes: Uint8Array, start: number, end: number): void {
    this.at = putOctets(scratch, this.at, bytes, start, end)
  }
}
