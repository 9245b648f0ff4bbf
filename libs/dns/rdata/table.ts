/** The RR types whose RDATA has fields we know: a new type is a row. */
import { TYPE } from '../types.ts'
import { ipv4, ipv6 } from './address-fields.ts'
import { addressSuffix, checkA6, prefixName } from './a6-fields.ts'
import { addressPrefixes } from './apl-field.ts'
import { base64, base64OrDash, hashedName, hex, hexGroups, salt } from './binary-fields.ts'
import { caaTag } from './caa-fields.ts'
import { checkDS, checkNSEC3, checkSSHFP, checkZONEMD } from './digest-lengths.ts'
import type { Field } from './field.ts'
import { ipsecGateway, relay } from './gateway-field.ts'
import { hostIdentity } from './hip-field.ts'
import { checkIPSECKEY, checkKEY, checkRKEY } from './key-checks.ts'
import { location } from './loc-field.ts'
import { algorithms, certificateTypes, certificateUsages, matchingTypes, selectors } from './mnemonics.ts'
import { name } from './name-fields.ts'
import { complaintAboutRegexp } from './naptr-field.ts'
import { atmAddress, nsapAddress } from './nsap-fields.ts'
import { seconds, typeCode, u16, u32, u64, u8 } from './number-fields.ts'
import { nxtBitmap } from './nxt-field.ts'
import { checkSVCB, svcParams } from './svcb-field.ts'
import { characterString, checkedString, characterStrings, remainingText } from './text-fields.ts'
import { time } from './time-field.ts'
import { typeBitmap } from './type-bitmap-field.ts'
import { wellKnownServices } from './wks-field.ts'

/** The schema of one type: validation, both formats, canonical form and decompression all follow from it. */
export interface RDATAType {
  readonly fields: readonly Field[]
  /** Canonical form folds the names (RFC 4034 §6.2 as amended by RFC 6840 §5.1). */
  readonly foldsNames?: boolean
  /** Messages from others may have the names compressed (RFC 3597 §4). */
  readonly decompress?: boolean
  /** Rules that concern more than one field, on RDATA whose fields are well-formed; throws WireError. */
  check?(rdata: Uint8Array): void
}

/** A PSDN address in X.121 begins with a DNIC, four digits. */
const complaintAboutX25 = (text: string) => (/^\d{4,}$/.test(text) ? undefined : 'it is four decimal digits at least')

/** Types from before RFC 3597: their names are folded, and may come compressed. */
const early = { foldsNames: true, decompress: true } as const

const text: RDATAType = { fields: [characterStrings('text')] }
const preferredName: RDATAType = { ...early, fields: [u16('PREFERENCE'), name('EXCHANGE')] }
const ds: RDATAType = {
  fields: [u16('Key Tag'), u8('Algorithm', algorithms), u8('Digest Type'), hex('Digest')],
  check: checkDS,
}
const dnskey: RDATAType = { fields: [u16('Flags'), u8('Protocol'), u8('Algorithm', algorithms), base64('Public Key')] }
const signature: readonly Field[] = [
  typeCode('Type Covered'),
  u8('Algorithm', algorithms),
  u8('Labels'),
  u32('Original TTL'),
  time('Signature Expiration'),
  time('Signature Inception'),
  u16('Key Tag'),
  name("Signer's Name"),
  base64('Signature'),
]
const nsec3Start: readonly Field[] = [u8('Hash Algorithm'), u8('Flags'), u16('Iterations'), salt('Salt')]
const tlsa: RDATAType = {
  fields: [
    u8('Certificate Usage', certificateUsages),
    u8('Selector', selectors),
    u8('Matching Type', matchingTypes),
    hex('Certificate Association Data'),
  ],
}
const svcb: RDATAType = { fields: [u16('SvcPriority'), name('TargetName'), svcParams('SvcParams')], check: checkSVCB }
const oneName: RDATAType = { ...early, fields: [name('name')] }
const soaTimers: readonly Field[] = [seconds('REFRESH'), seconds('RETRY'), seconds('EXPIRE'), seconds('MINIMUM')]

const rows: readonly (readonly [type: number, schema: RDATAType])[] = [
  // RFC 1035 §3.3, §3.4
  [TYPE.A, { fields: [ipv4('ADDRESS')] }],
  [TYPE.NS, oneName],
  [TYPE.MD, oneName],
  [TYPE.MF, oneName],
  [TYPE.CNAME, oneName],
  [TYPE.SOA, { ...early, fields: [name('MNAME'), name('RNAME'), u32('SERIAL'), ...soaTimers] }],
  [TYPE.MB, oneName],
  [TYPE.MG, oneName],
  [TYPE.MR, oneName],
  [TYPE.PTR, oneName],
  [TYPE.WKS, { fields: [ipv4('ADDRESS'), wellKnownServices] }],
  [TYPE.HINFO, { fields: [characterString('CPU'), characterString('OS')] }],
  [TYPE.MINFO, { ...early, fields: [name('RMAILBX'), name('EMAILBX')] }],
  [TYPE.MX, preferredName],
  [TYPE.TXT, text],
  // RFC 1183, RFC 1706 to RFC 2230
  [TYPE.RP, { ...early, fields: [name('mbox-dname'), name('txt-dname')] }],
  [TYPE.AFSDB, { ...early, fields: [u16('subtype'), name('hostname')] }],
  [TYPE.X25, { fields: [checkedString('PSDN-address', 'RFC 1183 §3.1', complaintAboutX25)] }],
  [TYPE.ISDN, { fields: [characterStrings('ISDN-address', 2)] }],
  [TYPE.RT, preferredName],
  [TYPE.NSAP, { fields: [nsapAddress] }],
  [TYPE['NSAP-PTR'], { fields: [name('name')] }],
  [TYPE.PX, { ...early, fields: [u16('PREFERENCE'), name('MAP822'), name('MAPX400')] }],
  [TYPE.GPOS, { fields: [characterString('LONGITUDE'), characterString('LATITUDE'), characterString('ALTITUDE')] }],
  [TYPE.LOC, { fields: [location] }],
  [TYPE.KX, { fields: [u16('PREFERENCE'), name('EXCHANGER')], foldsNames: true }],
  // RFC 3596 §2, RFC 2782, RFC 3403 §4, RFC 6672 §2, RFC 7553 §4
  [TYPE.A6, { fields: [addressSuffix, prefixName], foldsNames: true, check: checkA6 }],
  [TYPE.AAAA, { fields: [ipv6('address')] }],
  [TYPE.SRV, { ...early, fields: [u16('Priority'), u16('Weight'), u16('Port'), name('Target')] }],
  [
    TYPE.NAPTR,
    {
      ...early,
      fields: [
        u16('ORDER'),
        u16('PREFERENCE'),
        characterString('FLAGS'),
        characterString('SERVICES'),
        checkedString('REGEXP', 'RFC 3402 §3.2', complaintAboutRegexp),
        name('REPLACEMENT'),
      ],
    },
  ],
  [TYPE.DNAME, oneName],
  [TYPE.APL, { fields: [addressPrefixes] }],
  [TYPE.URI, { fields: [u16('Priority'), u16('Weight'), remainingText('Target', { minOctets: 1, isQuoted: true })] }],
  // DNSSEC: RFC 4034, RFC 5155, RFC 7344; before it RFC 2535
  [TYPE.DS, ds],
  [TYPE.DNSKEY, dnskey],
  [TYPE.RRSIG, { fields: signature, foldsNames: true }],
  [TYPE.NSEC, { fields: [name('Next Domain Name'), typeBitmap('Type Bit Maps', { mayBeEmpty: false })] }],
  [
    TYPE.NSEC3,
    {
      fields: [...nsec3Start, hashedName('Next Hashed Owner Name'), typeBitmap('Type Bit Maps', { mayBeEmpty: true })],
      check: checkNSEC3,
    },
  ],
  [TYPE.NSEC3PARAM, { fields: nsec3Start }],
  [TYPE.CDS, ds],
  [TYPE.CDNSKEY, dnskey],
  [TYPE.DLV, ds],
  [TYPE.TA, ds],
  [TYPE.SIG, { ...early, fields: signature }],
  [TYPE.NXT, { ...early, fields: [name('next domain name'), nxtBitmap] }],
  [TYPE.KEY, { fields: [u16('Flags'), u8('Protocol'), u8('Algorithm', algorithms), base64('Public Key', 0)], check: checkKEY }],
  // Security data of others: RFC 4255, RFC 4398, RFC 4701, RFC 6698, RFC 7929, RFC 8162, RFC 8659
  [TYPE.SSHFP, { fields: [u8('Algorithm'), u8('FP Type'), hex('Fingerprint')], check: checkSSHFP }],
  [TYPE.CERT, { fields: [u16('type', certificateTypes), u16('key tag'), u8('algorithm', algorithms), base64('certificate')] }],
  [TYPE.IPSECKEY, { fields: [u8('precedence'), ipsecGateway, base64('public key', 0)], check: checkIPSECKEY }],
  [TYPE.HIP, { fields: [hostIdentity] }],
  [TYPE.AMTRELAY, { fields: [u8('precedence'), relay] }],
  [TYPE.DHCID, { fields: [base64('data')] }],
  [TYPE.TLSA, tlsa],
  [TYPE.SMIMEA, tlsa],
  [TYPE.OPENPGPKEY, { fields: [base64('keyring')] }],
  [TYPE.CAA, { fields: [u8('Flags'), caaTag('Tag'), remainingText('Value')] }],
  // The zone itself: RFC 7477, RFC 8976, RFC 9859
  [TYPE.CSYNC, { fields: [u32('SOA Serial'), u16('Flags'), typeBitmap('Type Bit Map', { mayBeEmpty: true })] }],
  [TYPE.ZONEMD, { fields: [u32('Serial'), u8('Scheme'), u8('Hash Algorithm'), hex('Digest', 12)], check: checkZONEMD }],
  [TYPE.DSYNC, { fields: [typeCode('RRtype'), u8('Scheme', new Map([['NOTIFY', 1]])), u16('Port'), name('Target')] }],
  // RFC 9460
  [TYPE.SVCB, svcb],
  [TYPE.HTTPS, svcb],
  // RFC 6742, RFC 7043
  [TYPE.NID, { fields: [u16('Preference'), hexGroups('NodeID', 4, 2, ':')] }],
  [TYPE.L32, { fields: [u16('Preference'), ipv4('Locator32')] }],
  [TYPE.L64, { fields: [u16('Preference'), hexGroups('Locator64', 4, 2, ':')] }],
  [TYPE.LP, { fields: [u16('Preference'), name('FQDN')] }],
  [TYPE.EUI48, { fields: [hexGroups('EUI-48', 6, 1, '-')] }],
  [TYPE.EUI64, { fields: [hexGroups('EUI-64', 8, 1, '-')] }],
  // RFC 7208 §3.1, RFC 9606 and registrations of their own
  [TYPE.SPF, text],
  [TYPE.NINFO, text],
  [TYPE.AVC, text],
  [TYPE.RESINFO, text],
  [TYPE.WALLET, text],
  [TYPE.CLA, text],
  [TYPE.IPN, { fields: [u64('node number')] }],
  [TYPE.EID, { fields: [hex('Endpoint Identifier')] }],
  [TYPE.NIMLOC, { fields: [hex('Nimrod Locator')] }],
  [TYPE.ATMA, { fields: [atmAddress] }],
  [TYPE.SINK, { fields: [u8('meaning'), u8('coding'), u8('subcoding'), base64('data', 0)] }],
  [TYPE.RKEY, { ...dnskey, check: checkRKEY }],
  [TYPE.TALINK, { fields: [name('start or previous'), name('end or next')] }],
  [
    TYPE.DOA,
    {
      fields: [
        u32('DOA-ENTERPRISE'),
        u32('DOA-TYPE'),
        u8('DOA-LOCATION'),
        characterString('DOA-MEDIA-TYPE'),
        base64OrDash('DOA-DATA'),
      ],
    },
  ],
  [TYPE.HHIT, { fields: [base64('CBOR')] }],
  [TYPE.BRID, { fields: [base64('CBOR')] }],
]

const byType: ReadonlyMap<number, RDATAType> = new Map(rows)

/** The types that have a row. */
export const typesWithFields: readonly number[] = rows.map(([type]) => type)

/** The schema of a type, or undefined where only RFC 3597 applies. */
export function rdataType(type: number): RDATAType | undefined {
  return byType.get(type)
}
