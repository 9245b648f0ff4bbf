/** Digests of TLSA and SMIMEA, whose length no server checks (RFC 6698 §2.1.3, RFC 8162 §2). */
import { type Name, TYPE } from '@zonecast/dns'
import { digestLength, type Problem } from './problem.ts'

/** Octets of the matching types that are digests: SHA-256, SHA-512 (RFC 6698 §7.4). */
const digestOctets: ReadonlyMap<number, number> = new Map([
  [1, 32],
  [2, 64],
])
/** Certificate usage, selector and matching type stand before the data. */
const fixedOctets = 3

export function isAssociation(type: number): boolean {
  return type === TYPE.TLSA || type === TYPE.SMIMEA
}

/** What is odd about RDATA of a TLSA or SMIMEA: with a digest of another length no certificate will ever match. */
export function associationProblem(owner: Name, type: number, rdata: Uint8Array): Problem | undefined {
  const matching = rdata[2] ?? 0
  const expected = digestOctets.get(matching)
  const octets = rdata.length - fixedOctets
  return expected === undefined || octets === expected ? undefined : digestLength(owner, type, matching, expected, octets)
}
