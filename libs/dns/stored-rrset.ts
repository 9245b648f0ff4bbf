/** RRsets where they are stored: positions in octets instead of objects. */
import { equalNamesAt, type Name } from './name.ts'
import { encodeRR, type RR, rdataStart, rdlengthAt, ttlAt, typeAt } from './rr.ts'

/** RRs with owner names of one length that stand back to back, as in a page. */
export interface StoredRRs {
  readonly bytes: Uint8Array
  /** Where the first RR begins. */
  readonly start: number
  readonly count: number
  readonly ownerOctets: number
  /** Those that stand elsewhere: what is too much for one page goes on in the next. */
  readonly rest: StoredRRs | undefined
}

/** RRs of one owner name and type; RRSIGs also of one type covered (RFC 4034 §3). */
export interface StoredRRset extends StoredRRs {
  readonly type: number
  /** The owner name they are shown with, where it is not the stored one (RFC 4592 §3.3.2). */
  readonly owner: Name | undefined
  /** The TTL they are shown with, where it is not the stored one. */
  readonly ttl: number | undefined
  readonly rest: StoredRRset | undefined
}

/** The RRs of one RRset as they would be stored. */
export function storedRRset(rrs: readonly [RR, ...RR[]]): StoredRRset {
  const [{ owner, type }] = rrs
  const bytes = Uint8Array.from(rrs.flatMap((rr) => [...encodeRR(rr)]))
  return {
    bytes,
    start: 0,
    count: rrs.length,
    ownerOctets: owner.length,
    type,
    owner: undefined,
    ttl: undefined,
    rest: undefined,
  }
}

/** The offset after the stored RR at `at`. */
export function endOfStored(bytes: Uint8Array, at: number, ownerOctets: number): number {
  const fixed = at + ownerOctets
  return rdataStart(fixed) + rdlengthAt(bytes, fixed)
}

/** The owner name of the first RR; a view where it is the stored one. */
export function ownerOf({ owner, bytes, start, ownerOctets }: StoredRRs & { readonly owner?: Name | undefined }): Name {
  return owner ?? bytes.subarray(start, start + ownerOctets)
}

/** True when the RRset is of the type and the owner name, whatever the case. */
export function isRRset({ type, owner, bytes, start, ownerOctets }: StoredRRset, wanted: number, name: Name): boolean {
  if (type !== wanted) return false
  if (owner !== undefined) return owner.length === name.length && equalNamesAt(owner, 0, name, 0, name.length)
  return ownerOctets === name.length && equalNamesAt(bytes, start, name, 0, ownerOctets)
}

/** The RRs of an RRset, views into its octets. */
export function rrsIn(rrset: StoredRRset | undefined): RR[] {
  const rrs: RR[] = []
  for (let part = rrset; part !== undefined; part = part.rest) {
    const { bytes, ownerOctets, count, owner, ttl } = part
    let at = part.start
    for (let i = 0; i < count; i++) {
      const fixed = at + ownerOctets
      const end = endOfStored(bytes, at, ownerOctets)
      rrs.push({
        owner: owner ?? bytes.subarray(at, fixed),
        type: typeAt(bytes, fixed),
        ttl: ttl ?? ttlAt(bytes, fixed),
        rdata: bytes.subarray(rdataStart(fixed), end),
      })
      at = end
    }
  }
  return rrs
}

/** How many RRs an RRset has. */
export function countOf(rrset: StoredRRs): number {
  let count = 0
  for (let part: StoredRRs | undefined = rrset; part !== undefined; part = part.rest) count += part.count
  return count
}
