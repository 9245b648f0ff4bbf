/** The SOA in a change set: it can be put and nothing else, and its serial is the zone's. */
import { equalBytes, equalNames, type RR, soaFields, withSerial } from '@zonecast/dns'
import type { ChangeOp } from './change-op.ts'
import { type Problem, soaElsewhere, soaMany, soaOnlyPut } from './problem.ts'
import type { ZoneView } from './view.ts'

/** The SOA as it will be, with the serial it has now. */
export interface SoaChange {
  readonly rr: RR
  /** The field of the step that put it. */
  readonly field?: string
}

/** Carries out a step on the SOA. */
export function stepSoa(view: ZoneView, present: SoaChange, op: ChangeOp): SoaChange | { readonly problem: Problem } {
  if (!equalNames(op.owner, view.apex)) return { problem: soaElsewhere(op.owner, view.apex) }
  if (op.kind !== 'put') return { problem: soaOnlyPut(view.apex) }
  if (op.rdatas.length > 1) return { problem: soaMany(view.apex) }
  const rdata = withSerial(op.rdatas[0]!, soaFields(view.soa.rdata).serial)
  return { rr: { ...present.rr, ttl: op.ttl ?? present.rr.ttl, rdata }, field: op.field }
}

/** True when TTL or RDATA, the serial left aside, differ from those of the zone. */
export function isSoaChanged(view: ZoneView, { rr }: SoaChange): boolean {
  return rr.ttl !== view.soa.ttl || !equalBytes(rr.rdata, view.soa.rdata)
}
