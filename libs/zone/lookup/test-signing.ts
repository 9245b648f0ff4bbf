/** Signing for tests: true chains of denial, and signatures that only look like some. */
import {
  ancestorAt,
  compareNames,
  concatNames,
  encodeBase32Hex,
  equalNames,
  foldName,
  formatName,
  isAtOrBelow,
  isWildcard,
  labelCount,
  type Name,
  nameKey,
  parseName,
  parseRDATAText,
  type RR,
  TYPE,
  typeToText,
} from '@zonecast/dns'
import type { Sha1 } from './context.ts'

/** The names of a zone that have NSEC or NSEC3: all that are authoritative, and cuts; with their types. */
function secureNames(rrs: readonly RR[], apex: Name): Map<string, { owner: Name; types: Set<number> }> {
  const cuts = rrs.filter((rr) => rr.type === TYPE.NS && !equalNames(rr.owner, apex)).map((rr) => rr.owner)
  const names = new Map<string, { owner: Name; types: Set<number> }>()
  for (const rr of rrs) {
    if (cuts.some((cut) => isAtOrBelow(rr.owner, cut) && !equalNames(rr.owner, cut))) continue
    const entry = names.get(nameKey(rr.owner)) ?? { owner: rr.owner, types: new Set() }
    names.set(nameKey(rr.owner), entry)
    entry.types.add(rr.type)
  }
  return names
}

/** What an RRSIG says of its owner: its labels, those of a wildcard without the asterisk (RFC 4034 §3.1.3). */
export function signedLabels(owner: Name): number {
  return isWildcard(owner) ? labelCount(owner) - 1 : labelCount(owner)
}

function signature(rr: RR, apex: Name): RR {
  const text = `${typeToText(rr.type)} 8 ${signedLabels(rr.owner)} ${rr.ttl} 20300101000000 20200101000000 1 ${formatName(apex)} AAAA`
  return { owner: rr.owner, type: TYPE.RRSIG, ttl: rr.ttl, rdata: parseRDATAText(TYPE.RRSIG, text) }
}

/** Placeholder signatures over all authoritative RRsets. */
function signed(rrs: readonly RR[], apex: Name): RR[] {
  const names = secureNames(rrs, apex)
  const covered = new Map<string, RR>()
  for (const rr of rrs) {
    const types = names.get(nameKey(rr.owner))?.types ?? (rr.type === TYPE.NSEC3 ? new Set([TYPE.NSEC3]) : undefined)
    const isCut = types?.has(TYPE.NS) === true && !equalNames(rr.owner, apex)
    const isAuthoritative = types !== undefined && (!isCut || rr.type === TYPE.DS || rr.type === TYPE.NSEC)
    if (isAuthoritative) covered.set(`${nameKey(rr.owner)} ${rr.type}`, rr)
  }
  return [...rrs, ...Array.from(covered.values(), (rr) => signature(rr, apex))]
}

const bitmap = (types: Iterable<number>): string => [...types].map(typeToText).join(' ')

/** Adds the NSEC chain and signatures. */
export function withNsec(rrs: readonly RR[], apex: Name): RR[] {
  const names = [...secureNames(rrs, apex).values()].toSorted((a, b) => compareNames(a.owner, b.owner))
  const chain = names.map(({ owner, types }, i): RR => {
    const next = names[(i + 1) % names.length]!.owner
    const text = `${formatName(next)} ${bitmap([...types, TYPE.RRSIG, TYPE.NSEC])}`
    return { owner, type: TYPE.NSEC, ttl: 3600, rdata: parseRDATAText(TYPE.NSEC, text) }
  })
  return signed([...rrs, ...chain], apex)
}

const salt = Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd)
const iterations = 12

/** The hashed owner name as a label, in lower case (RFC 5155 §5). */
export function hashOf(name: Name, sha1: Sha1): string {
  const salted = (bytes: Uint8Array): Uint8Array => Uint8Array.from([...bytes, ...salt])
  let hash = sha1(salted(foldName(name)))
  for (let i = 0; i < iterations; i++) hash = sha1(salted(hash))
  return encodeBase32Hex(hash).toLowerCase()
}

/** The NSEC3 chain with Opt-Out: unsigned delegations are left out, empty non-terminals are in. */
export function withNsec3(rrs: readonly RR[], apex: Name, sha1: Sha1): RR[] {
  const parameters: RR = { owner: apex, type: TYPE.NSEC3PARAM, ttl: 0, rdata: parseRDATAText(TYPE.NSEC3PARAM, '1 0 12 aabbccdd') }
  const all = [...rrs, parameters]
  const hashed = new Map<string, string>()
  for (const { owner, types } of secureNames(all, apex).values()) {
    const isOptedOut = types.has(TYPE.NS) && !types.has(TYPE.DS) && !equalNames(owner, apex)
    if (isOptedOut) continue
    hashed.set(hashOf(owner, sha1), bitmap([...types, TYPE.RRSIG]))
    for (let labels = labelCount(owner) - 1; labels > labelCount(apex); labels--) {
      const hash = hashOf(ancestorAt(owner, labels), sha1)
      if (!hashed.has(hash)) hashed.set(hash, '')
    }
  }
  const hashes = [...hashed.keys()].toSorted()
  const chain = hashes.map((hash, i): RR => {
    const text = `1 1 12 aabbccdd ${hashes[(i + 1) % hashes.length]} ${hashed.get(hash)}`
    return {
      owner: concatNames(parseName(`${hash}.`), apex),
      type: TYPE.NSEC3,
      ttl: 3600,
      rdata: parseRDATAText(TYPE.NSEC3, text.trim()),
    }
  })
  return signed([...all, ...chain], apex)
}
