/** Digests whose algorithm fixes their length. */
import { WireError } from '../violation.ts'

/** DS digest types: SHA-1, SHA-256, GOST, SHA-384 (RFC 4034 §A.2, RFC 4509, RFC 5933, RFC 6605). */
const dsOctets: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [2, 32],
  [3, 32],
  [4, 48],
])

/** Refuses a DS or CDS whose digest does not have the length of its digest type. */
export function checkDS(rdata: Uint8Array): void {
  const expected = dsOctets.get(rdata[3]!)
  if (expected === undefined || rdata.length === 4 + expected) return
  throw new WireError(`digest type ${rdata[3]} has ${expected} octets, not ${rdata.length - 4} (RFC 4034 §5.1.4)`, 4)
}

/** Refuses an SSHFP whose fingerprint does not have the length of SHA-1 or SHA-256 (RFC 4255 §3.1.2, RFC 6594 §3). */
export function checkSSHFP(rdata: Uint8Array): void {
  const expected = rdata[1] === 1 ? 20 : rdata[1] === 2 ? 32 : undefined
  if (expected === undefined || rdata.length === 2 + expected) return
  throw new WireError(`fingerprint type ${rdata[1]} has ${expected} octets (RFC 4255 §3.1.3)`, 2)
}

/** Refuses a ZONEMD whose digest does not have the length of SHA-384 or SHA-512 (RFC 8976 §2.2.3). */
export function checkZONEMD(rdata: Uint8Array): void {
  const expected = rdata[5] === 1 ? 48 : rdata[5] === 2 ? 64 : undefined
  if (expected === undefined || rdata.length === 6 + expected) return
  throw new WireError(`a digest of hash algorithm ${rdata[5]} has ${expected} octets (RFC 8976 §2.2.3)`, 6)
}

/** Refuses an NSEC3 whose next hashed owner name does not have the length of SHA-1 (RFC 5155 §3.1.6). */
export function checkNSEC3(rdata: Uint8Array): void {
  const at = 5 + rdata[4]!
  if (rdata[0] !== 1 || rdata[at] === 20) return
  throw new WireError('the next hashed owner name of hash algorithm 1 has 20 octets (RFC 5155 §3.1.6)', at)
}
