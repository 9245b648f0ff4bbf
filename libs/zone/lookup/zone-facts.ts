/** What lookup needs to know of a version as a whole, read once. */
import { rrsIn, soaFields, type StoredRRset, storedRRset, TYPE } from '@zonecast/dns'
import { iterationsOf, maxNsec3Iterations } from '../nsec3-cost.ts'
import type { ZoneView } from '../view.ts'
import { emptyNode, hasType, type Node, nodeAt, rrsetOf, signaturesOf } from './node.ts'
import { sourceOfSynthesis } from './wildcard.ts'

export interface ZoneFacts {
  readonly apex: Node
  readonly apexHasDname: boolean
  /** The wildcard below the apex, which most names that do not exist would come from. */
  readonly apexWildcard: Node | undefined
  /** How the zone denies: by NSEC (RFC 4034 §4), by NSEC3 (RFC 5155), or without proof. */
  readonly denial: 'nsec' | 'nsec3' | 'none'
  /** RDATA of the NSEC3PARAM whose chain is complete (RFC 5155 §4.1.2: flags are zero), and not a burden to hash for. */
  readonly nsec3param: Uint8Array | undefined
  /** The SOA, which stands in no page. */
  readonly soa: StoredRRset
  /** The SOA of negative answers: its TTL is the lower of its own and MINIMUM (RFC 2308 §3). */
  readonly negativeSoa: StoredRRset
  /** The signatures of that SOA, their TTL lowered likewise (RFC 4034 §3: it equals that of the RRset covered). */
  readonly negativeSoaSignatures: StoredRRset | undefined
}

const known = new WeakMap<ZoneView, ZoneFacts>()

/** The facts of a view; a view stands for one version for good, so they are kept as long as it lives. */
export function factsOf(view: ZoneView): ZoneFacts {
  let facts = known.get(view)
  if (facts === undefined) known.set(view, (facts = readFacts(view)))
  return facts
}

function readFacts({ apex: name, soa, pages }: ZoneView): ZoneFacts {
  const apex = nodeAt(pages, name) ?? emptyNode(name)
  const ttl = Math.min(soa.ttl, soaFields(soa.rdata).minimum)
  const isUsable = (rdata: Uint8Array): boolean => rdata[1] === 0 && iterationsOf(rdata) <= maxNsec3Iterations
  const nsec3param = rrsIn(rrsetOf(apex, TYPE.NSEC3PARAM))
    .map(({ rdata }) => rdata)
    .find(isUsable)
  const denial = hasType(apex, TYPE.NSEC) ? 'nsec' : nsec3param === undefined ? 'none' : 'nsec3'
  return {
    apex,
    apexHasDname: hasType(apex, TYPE.DNAME),
    apexWildcard: nodeAt(pages, sourceOfSynthesis(name)),
    denial,
    nsec3param,
    soa: storedRRset([soa]),
    negativeSoa: storedRRset([{ ...soa, ttl }]),
    negativeSoaSignatures: signaturesOf(apex, TYPE.SOA, { ttl }),
  }
}
