/** Keys whose octet order is the canonical order of a zone's RRs. */
import { canonicalRDATA, fold, type RR, rrsigCovered, TYPE } from '@zonecast/dns'

const labelStarts = new Uint8Array(128)

/** Octets that `writeSortKey` takes at most: every octet of the owner escaped, space, final octet, type, RDATA. */
export function sortKeyBound(rr: RR): number {
  return 2 * rr.owner.length + 4 + rr.rdata.length
}

/**
 * Writes the key of an RR at `at` and returns the offset after it: space, the labels below the apex from the top down, type, and the
 * whole canonical RDATA. It orders RRs of one zone as page keys do (`docs/reference/page-format.md`), but leaves out the labels that
 * all have in common and is never cut, so that equal keys mean equal RRs but for TTL and case.
 */
export function writeSortKey(rr: RR, apexOctets: number, out: Uint8Array, at: number): number {
  out[at++] = spaceOf(rr)
  at = writeLabels(rr.owner, rr.owner.length - apexOctets, out, at)
  out[at++] = rr.type >>> 8
  out[at++] = rr.type & 0xff
  const rdata = canonicalRDATA(rr.type, rr.rdata)
  if (rdata.length > 64) {
    out.set(rdata, at)
    return at + rdata.length
  }
  for (let i = 0; i < rdata.length; i++) out[at++] = rdata[i]!
  return at
}

/** Space 1 keeps NSEC3 RRs and their signatures away from the owner names that people use (RFC 5155 §3). */
function spaceOf({ type, rdata }: RR): number {
  if (type === TYPE.NSEC3) return 1
  return type === TYPE.RRSIG && rdata.length >= 2 && rrsigCovered(rdata) === TYPE.NSEC3 ? 1 : 0
}

function writeLabels(owner: Uint8Array, belowApex: number, out: Uint8Array, at: number): number {
  let labels = 0
  for (let start = 0; start < belowApex; start += 1 + owner[start]!) labelStarts[labels++] = start
  while (labels > 0) {
    const start = labelStarts[--labels]!
    const end = start + 1 + owner[start]!
    for (let i = start + 1; i < end; i++) {
      const octet = fold(owner[i]!)
      if (octet > 1) {
        out[at++] = octet
      } else {
        out[at++] = 1
        out[at++] = octet + 1
      }
    }
    out[at++] = 0
  }
  out[at++] = 0
  return at
}
