/** What lookup needs to know of a version as a whole, read once. */
import { type RR, soaFields, TYPE, u16At } from '@zonecast/dns'
import type { ZoneView } from '../view.ts'
import { hasType, type Node, nodeAt, rrsetOf, signaturesOf } from './node.ts'

export interface ZoneFacts {
  readonly apex: Node
  readonly apexHasDname: boolean
  /** How the zone denies: by NSEC (RFC 4034 §4), by NSEC3 (RFC 5155), or without proof. */
  readonly denial: 'nsec' | 'nsec3' | 'none'
  /** RDATA of the NSEC3PARAM whose chain is complete (RFC 5155 §4.1.2: flags are zero), and not a burden to hash for. */
  readonly nsec3param: Uint8Array | undefined
  /** The SOA of negative answers: its TTL is the lower of its own and MINIMUM (RFC 2308 §3). */
  readonly negativeSoa: RR
  /** The signatures of that SOA, their TTL lowered likewise (RFC 4034 §3: it equals that of the RRset covered). */
  readonly negativeSoaSignatures: readonly RR[]
}

/**
 * More iterations than any key size allows (RFC 5155 §10.3): with 65 535 a single question would hold a server for half a second, so the
 * zone denies without proof. Validators have long given up on such zones (RFC 9276 §3.2).
 */
const maxIterations = 2500

const known = new WeakMap<ZoneView, ZoneFacts>()

/** The facts of a view; a view stands for one version for good, so they are kept as long as it lives. */
export function factsOf(view: ZoneView): ZoneFacts {
  let facts = known.get(view)
  if (facts === undefined) known.set(view, (facts = readFacts(view)))
  return facts
}

function readFacts(view: ZoneView): ZoneFacts {
  const apex = nodeAt(view.pages, view.apex) ?? { owner: view.apex, rrs: [] }
  const ttl = Math.min(view.soa.ttl, soaFields(view.soa.rdata).minimum)
  const isUsable = ({ rdata }: RR): boolean => rdata[1] === 0 && u16At(rdata, 2) <= maxIterations
  const nsec3param = rrsetOf(apex, TYPE.NSEC3PARAM).find(isUsable)?.rdata
  const denial = hasType(apex, TYPE.NSEC) ? 'nsec' : nsec3param === undefined ? 'none' : 'nsec3'
  const lowered = (rr: RR): RR => ({ ...rr, ttl })
  return {
    apex,
    apexHasDname: hasType(apex, TYPE.DNAME),
    denial,
    nsec3param,
    negativeSoa: lowered(view.soa),
    negativeSoaSignatures: signaturesOf(apex, TYPE.SOA).map(lowered),
  }
}
