/** What a change set asks of single RRsets before it is applied. */
import { equalNames, formatName, formatRDATA, type Name, type RR, TYPE, typeToText, type Violation } from '@zonecast/dns'
import { type Problem, violationOf } from './problem.ts'
import { valueKey, type ZoneEdit } from './zone-edit.ts'

/** An RRset that must not be there. */
export interface AbsentRRset {
  readonly owner: Name
  readonly type: number
  /** Path of the request field it comes from. */
  readonly field: string
}

/** An RRset that must be exactly this; where no `ttl` is given, any will do. */
export interface ExpectedRRset extends AbsentRRset {
  readonly rdatas: readonly Uint8Array[]
  readonly ttl?: number
}

export interface ExpectedRRsets {
  readonly equal: readonly ExpectedRRset[]
  readonly absent: readonly AbsentRRset[]
}

/** So many values of an RRset are named in a message. */
const mostNamed = 4

/** Everything that is not as expected. Asked before any step: the edit still has what is stored. */
export function preconditionViolations(edit: ZoneEdit, { equal, absent }: ExpectedRRsets): Violation[] {
  const violations: Violation[] = []
  for (const expected of equal) {
    const present = presentRRs(edit, expected)
    if (!isAsExpected(present, expected)) violations.push(violationOf(expected.field, rrsetDiffers(expected, present)))
  }
  for (const unwanted of absent) {
    const present = presentRRs(edit, unwanted)
    if (present.length > 0) violations.push(violationOf(unwanted.field, rrsetExists(unwanted, present)))
  }
  return violations
}

function presentRRs(edit: ZoneEdit, { owner, type }: AbsentRRset): RR[] {
  if (type === TYPE.SOA) return equalNames(owner, edit.view.apex) ? [edit.view.soa] : []
  return [...(edit.rrsets(owner).get(type)?.values() ?? [])]
}

/** RDATA is the same when its canonical form is (RFC 4034 §6.2). */
function isAsExpected(present: readonly RR[], { type, rdatas, ttl }: ExpectedRRset): boolean {
  const wanted = new Set(rdatas.map((rdata) => valueKey(type, rdata)))
  if (present.length === 0 || present.length !== wanted.size) return false
  return present.every((rr) => wanted.has(valueKey(type, rr.rdata)) && (ttl === undefined || rr.ttl === ttl))
}

function rrsetDiffers({ owner, type }: ExpectedRRset, present: readonly RR[]): Problem {
  const subject = `${formatName(owner)} ${typeToText(type)}`
  const found = present.length === 0 ? 'does not exist' : `is ${valuesText(present)}`
  return {
    reason: 'RRSET_DIFFERS',
    subject,
    message: `${subject} ${found}, which is not what the change set was made for; read it again`,
    rfc: 'RFC 2136 §2.4.2',
  }
}

function rrsetExists({ owner, type }: AbsentRRset, present: readonly RR[]): Problem {
  const subject = `${formatName(owner)} ${typeToText(type)}`
  return {
    reason: 'RRSET_EXISTS',
    subject,
    message: `${subject} exists already: ${valuesText(present)}; take another name, or change what is there`,
    rfc: 'RFC 2136 §2.4.3',
  }
}

function valuesText(rrs: readonly RR[]): string {
  const values = rrs.slice(0, mostNamed).map(({ type, rdata }) => formatRDATA(type, rdata))
  const more = rrs.length > mostNamed ? ` and ${rrs.length - mostNamed} more` : ''
  return `${values.join(', ')}${more} with TTL ${rrs[0]!.ttl}`
}
