/** The order of stored RRs, written for clarity: what faster code is compared with. */
import { compareNames, compareRDATA, decodeRR, type RR, rrsigCovered, TYPE } from '@zonecast/dns'

/** Space, owner, type, canonical RDATA; zero means the same RR but for case and TTL. */
export function compareSample(a: Uint8Array, b: Uint8Array): number {
  const left = decodeRR(a)
  const right = decodeRR(b)
  return (
    spaceOf(left) - spaceOf(right) ||
    compareNames(left.owner, right.owner) ||
    left.type - right.type ||
    compareRDATA(left.type, left.rdata, right.rdata)
  )
}

function spaceOf({ type, rdata }: RR): number {
  return type === TYPE.NSEC3 || (type === TYPE.RRSIG && rdata.length >= 2 && rrsigCovered(rdata) === TYPE.NSEC3) ? 1 : 0
}

/** Sorted, and of RRs that are the same but for case and TTL only the first. */
export function sortedUnique(rrs: readonly Uint8Array[]): Uint8Array[] {
  return rrs.toSorted(compareSample).filter((stored, i, all) => i === 0 || compareSample(all[i - 1]!, stored) !== 0)
}
