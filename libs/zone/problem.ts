/** What is wrong, or odd, in a zone's data: one sentence each, with the way out. */
import { formatName, isWildcard, type Name, TYPE, typeToText, type Violation } from '@zonecast/dns'

/** A violation or warning that does not know yet which field of a request it comes from. */
export interface Problem extends Omit<Violation, 'field'> {
  /** The type at fault, where there is one: it leads to the change that brought it. */
  readonly type?: number
}

/** The problem as a violation of a field. */
export function violationOf(field: string, { reason, subject, message, rfc }: Problem): Violation {
  return {
    field,
    reason,
    subject,
    message: rfc === undefined ? message : `${message} (${rfc})`,
    ...(rfc === undefined ? {} : { rfc }),
  }
}

/** RRs of one RRset and of its RRSIGs may take so many octets as stored: more does not fit one message. */
export const maxRRsetOctets = 60_000
/** BIND refuses RRsets of more than 100 RRs by default. */
export const largeRRsetValues = 100

export const outOfZone = (owner: Name, apex: Name): Problem => ({
  reason: 'OUT_OF_ZONE',
  subject: formatName(owner),
  message: `${formatName(owner)} is not in the zone ${formatName(apex)}; names without a final dot are relative to the zone`,
  rfc: 'RFC 1035 §5.1',
})

export const metaType = (owner: Name, type: number): Problem => ({
  reason: 'TYPE_INVALID',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${typeToText(type)} is a question or travels beside data; it cannot be stored`,
  rfc: 'RFC 6895 §3.1',
  type,
})

export const soaElsewhere = (owner: Name, apex: Name): Problem => ({
  reason: 'SOA_RULE',
  subject: formatName(owner),
  message: `${formatName(owner)} has a SOA, which stands only at the apex ${formatName(apex)}; remove it or make a zone of its own`,
  rfc: 'RFC 1034 §4.2.1',
})

export const soaMany = (apex: Name): Problem => ({
  reason: 'SOA_RULE',
  subject: formatName(apex),
  message: `${formatName(apex)} has more than one SOA; keep one`,
  rfc: 'RFC 2181 §6.1',
})

export const soaMissing = (apex: Name): Problem => ({
  reason: 'SOA_RULE',
  subject: formatName(apex),
  message: `${formatName(apex)} has no SOA; every zone has one at its apex`,
  rfc: 'RFC 1035 §5.2',
})

export const soaOnlyPut = (apex: Name): Problem => ({
  reason: 'SOA_RULE',
  subject: formatName(apex),
  message: `${formatName(apex)} always has exactly one SOA; put the new one in its place`,
  rfc: 'RFC 1035 §5.2',
})

export const apexNsMissing = (apex: Name): Problem => ({
  reason: 'APEX_NS_MISSING',
  subject: formatName(apex),
  message: `${formatName(apex)} would have no NS; a zone names at least one name server at its apex`,
  rfc: 'RFC 1034 §4.2.1',
})

export const cnameBeside = (owner: Name, other: number): Problem => ({
  reason: 'CNAME_CONFLICT',
  subject: formatName(owner),
  message: `${formatName(owner)} has a CNAME and ${typeToText(other)}; a CNAME stands alone, so remove one of them`,
  rfc: 'RFC 1034 §3.6.2, RFC 2181 §10.1',
})

export const cnameMany = (owner: Name): Problem => ({
  reason: 'CNAME_CONFLICT',
  subject: formatName(owner),
  message: `${formatName(owner)} has more than one CNAME; keep one`,
  rfc: 'RFC 2181 §10.1',
})

export const dnameMany = (owner: Name): Problem => ({
  reason: 'DNAME_CONFLICT',
  subject: formatName(owner),
  message: `${formatName(owner)} has more than one DNAME; keep one`,
  rfc: 'RFC 6672 §2.4',
})

export const dnameBesideNs = (owner: Name): Problem => ({
  reason: 'DNAME_CONFLICT',
  subject: formatName(owner),
  message: `${formatName(owner)} has a DNAME and NS; only an apex may have both, so remove one of them`,
  rfc: 'RFC 6672 §2.3',
})

export const belowDname = (owner: Name, dname: Name): Problem => ({
  reason: 'DNAME_CONFLICT',
  subject: formatName(owner),
  message: `${formatName(owner)} stands below the DNAME ${formatName(dname)}, which redirects it; remove one of them`,
  rfc: 'RFC 6672 §2.4',
})

export const rrsetTooLarge = (owner: Name, type: number, octets: number): Problem => ({
  reason: 'RRSET_TOO_LARGE',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${formatName(owner)} ${typeToText(type)} takes ${octets} octets with its signatures, and ${maxRRsetOctets} is the limit; spread it over several names`,
  type,
})

export const largeRRset = (owner: Name, type: number, values: number): Problem => ({
  reason: 'LARGE_RRSET',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${formatName(owner)} ${typeToText(type)} has ${values} values; BIND refuses RRsets of more than ${largeRRsetValues} by default`,
  type,
})

export const ttlLowered = (owner: Name, type: number, ttl: number): Problem => ({
  reason: 'TTL_LOWERED',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${formatName(owner)} ${typeToText(type)} came with several TTLs; the lowest, ${ttl}, was taken for all`,
  rfc: 'RFC 2181 §5.2',
})

export const glueMissing = (cut: Name, target: Name): Problem => ({
  reason: 'GLUE_MISSING',
  subject: formatName(target),
  message: `${formatName(cut)} names ${formatName(target)} as its name server, and the zone has no address of it; add A or AAAA`,
  rfc: 'RFC 1034 §4.2.1',
})

export const occluded = (owner: Name, cut: Name): Problem => ({
  reason: 'OCCLUDED',
  subject: formatName(owner),
  message: `${formatName(owner)} has data that is never answered from here, for ${formatName(cut)} is delegated`,
  rfc: 'RFC 1034 §4.2.1',
})

export const noGlue = (owner: Name, cut: Name): Problem => ({
  reason: 'OCCLUDED',
  subject: formatName(owner),
  message: `${formatName(owner)} has an address that is never answered from here, for ${formatName(cut)} is delegated, and no server of that name is in its NS: it is glue only where another delegation names it`,
  rfc: 'RFC 2136 §7.18, RFC 9471 §2.2',
})

export const cnameTargetMissing = (owner: Name, target: Name): Problem => ({
  reason: 'CNAME_TARGET_MISSING',
  subject: formatName(owner),
  message: `${formatName(owner)} is an alias of ${formatName(target)}, which does not exist in the zone`,
})

export const cnameLoop = (owner: Name, target: Name): Problem => ({
  reason: 'CNAME_LOOP',
  subject: formatName(owner),
  message: `${formatName(owner)} is an alias of ${formatName(target)}, which leads back to ${formatName(owner)}: nothing is ever found there; name the host itself`,
  rfc: isWildcard(owner) ? 'RFC 1034 §3.6.2, RFC 4592 §4.3' : 'RFC 1034 §3.6.2',
})

export const wildcardDelegation = (owner: Name, type: number): Problem => ({
  reason: 'WILDCARD_ODD',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${typeToText(type)} at the wildcard ${formatName(owner)} means different things to different servers; better name the owners`,
  rfc: 'RFC 4592 §4.2, §4.4',
  type,
})

export const nsec3TooCostly = (apex: Name, iterations: number, limit: number): Problem => ({
  reason: 'NSEC3_TOO_COSTLY',
  subject: `${formatName(apex)} NSEC3PARAM`,
  message: `${formatName(apex)} has an NSEC3PARAM of ${iterations} iterations, and ${limit} is the limit; sign the zone anew, best with 0`,
  rfc: 'RFC 5155 §10.3, RFC 9276 §3.1',
  type: TYPE.NSEC3PARAM,
})

export const nsec3Iterations = (apex: Name, iterations: number): Problem => ({
  reason: 'NSEC3_ITERATIONS',
  subject: `${formatName(apex)} NSEC3PARAM`,
  message: `${formatName(apex)} has an NSEC3PARAM of ${iterations} iterations, for which validators may take it as unsigned or fail; sign it anew with 0`,
  rfc: 'RFC 9276 §3.1, §3.2',
  type: TYPE.NSEC3PARAM,
})

export const signaturesStale = (apex: Name): Problem => ({
  reason: 'SIGNATURES_STALE',
  subject: formatName(apex),
  message: `${formatName(apex)} is signed, and its signatures stay as they are: that of the SOA no longer fits, nor does any of what changes; validators will call it bogus until the zone is signed anew and imported`,
  rfc: 'RFC 4035 §2.2',
})

export const targetIsAlias = (owner: Name, type: number, target: Name): Problem => ({
  reason: 'TARGET_IS_ALIAS',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${formatName(owner)} ${typeToText(type)} points to ${formatName(target)}, which is an alias; name the host itself`,
  rfc: rfcOfTarget(type, 'RFC 9460 §10.2'),
  type,
})

export const targetMissing = (owner: Name, type: number, target: Name, exists: boolean): Problem => ({
  reason: 'TARGET_MISSING',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${formatName(owner)} ${typeToText(type)} points to ${formatName(target)}, which ${exists ? 'has no address' : 'does not exist'} in the zone; add A or AAAA`,
  rfc: rfcOfTarget(type, 'RFC 9460 §2.4'),
  type,
})

function rfcOfTarget(type: number, ofBindings: string): string {
  if (type === TYPE.SVCB || type === TYPE.HTTPS) return ofBindings
  return type === TYPE.SRV ? 'RFC 2782' : 'RFC 2181 §10.3'
}

export const soaTimerOdd = (apex: Name, timer: string, what: string, rfc: string): Problem => ({
  reason: 'SOA_TIMER_ODD',
  subject: `${formatName(apex)} SOA ${timer}`,
  message: `${timer} in the SOA of ${formatName(apex)} ${what}`,
  rfc,
  type: TYPE.SOA,
})

export const soaMailboxOdd = (apex: Name, rname: Name, meant: string): Problem => ({
  reason: 'SOA_MAILBOX_ODD',
  subject: `${formatName(apex)} SOA rname`,
  message: `rname in the SOA of ${formatName(apex)} is ${formatName(rname)}, which has an @ in it; the @ of a mail address is written as a dot, and dots before it with a backslash: ${meant}`,
  rfc: 'RFC 1035 §8',
  type: TYPE.SOA,
})

export const asteriskInside = (owner: Name): Problem => ({
  reason: 'WILDCARD_ODD',
  subject: formatName(owner),
  message: `${formatName(owner)} has an asterisk that is no wildcard: only a first label that is nothing else is one`,
  rfc: 'RFC 4592 §2.1.1',
})

export const underscoreHost = (owner: Name, type: number): Problem => ({
  reason: 'UNDERSCORE_ODD',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${formatName(owner)} has an underscore, so it is no host name; better give ${typeToText(type)} to a name of letters, digits and hyphens`,
  rfc: 'RFC 1123 §2.1, RFC 8552 §1.1',
  type,
})

export const underscoreMissing = (owner: Name): Problem => ({
  reason: 'UNDERSCORE_ODD',
  subject: `${formatName(owner)} SRV`,
  message: `${formatName(owner)} does not begin with a service and a protocol, such as _sip._tcp; nobody will ask for its SRV`,
  rfc: 'RFC 2782',
  type: TYPE.SRV,
})

export const ttlOutOfBounds = (
  owner: Name,
  type: number,
  ttl: number,
  { minTtl, maxTtl }: { readonly minTtl: number; readonly maxTtl: number },
): Problem => ({
  reason: 'TTL_INVALID',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `the TTL ${ttl} of ${formatName(owner)} ${typeToText(type)} is ${
    ttl < minTtl ? `below ${minTtl}, the lowest` : `above ${maxTtl}, the highest`
  } that the zone's settings allow; choose another, or change the settings`,
  type,
})

export const zoneNested = (apex: Name, parent: Name): Problem => ({
  reason: 'ZONE_NESTED',
  subject: formatName(apex),
  message: `${formatName(apex)} lies inside the zone ${formatName(parent)}: what that zone has at or below it is answered from here no more, and it should delegate it with NS`,
  rfc: 'RFC 1034 §4.2.1',
})

export const zonemdStale = (apex: Name): Problem => ({
  reason: 'ZONEMD_STALE',
  subject: `${formatName(apex)} ZONEMD`,
  message: `${formatName(apex)} has a ZONEMD, which no longer fits the zone: replace it in the same change, or remove it`,
  rfc: 'RFC 8976 §3',
  type: TYPE.ZONEMD,
})

export const digestLength = (owner: Name, type: number, matching: number, expected: number, octets: number): Problem => ({
  reason: 'DIGEST_LENGTH',
  subject: `${formatName(owner)} ${typeToText(type)}`,
  message: `${formatName(owner)} ${typeToText(type)} has ${octets} octets of data, and a digest of matching type ${matching} has ${expected}: no certificate will match it`,
  rfc: 'RFC 6698 §2.1.3',
  type,
})
