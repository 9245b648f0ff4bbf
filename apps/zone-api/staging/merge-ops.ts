/** Sorted RRs as change-set operations. */
import { decodeRR, ownerEnd, ttlAt } from '@zonecast/dns'
import type { ChangeOp } from '@zonecast/zone'
import { sameRRset } from './content-diff.ts'

/** One `put` an RRset, with the lowest of its TTLs (RFC 2181 §5.2). */
export function putsOf(sorted: readonly Uint8Array[]): ChangeOp[] {
  const puts: ChangeOp[] = []
  for (let from = 0; from < sorted.length;) {
    let to = from + 1
    while (to < sorted.length && sameRRset(sorted[from]!, sorted[to]!)) to++
    puts.push(putOf(sorted.slice(from, to)))
    from = to
  }
  return puts
}

function putOf(rrset: readonly Uint8Array[]): ChangeOp {
  const { owner, type } = decodeRR(rrset[0]!)
  const ttl = Math.min(...rrset.map((stored) => ttlAt(stored, ownerEnd(stored, 0))))
  const rdatas = rrset.map((stored) => decodeRR(stored).rdata)
  return { kind: 'put', owner, type, ttl, rdatas, field: 'data' }
}
