/** Words that may stand for numbers in presentation format. */

/** DNSSEC algorithms (RFC 4034 §A.1, RFC 9157; IANA DNS Security Algorithm Numbers). */
export const algorithms: ReadonlyMap<string, number> = new Map([
  ['RSAMD5', 1],
  ['DH', 2],
  ['DSA', 3],
  ['RSASHA1', 5],
  ['DSA-NSEC3-SHA1', 6],
  ['NSEC3DSA', 6],
  ['RSASHA1-NSEC3-SHA1', 7],
  ['NSEC3RSASHA1', 7],
  ['RSASHA256', 8],
  ['RSASHA512', 10],
  ['ECC-GOST', 12],
  ['ECCGOST', 12],
  ['ECDSAP256SHA256', 13],
  ['ECDSAP384SHA384', 14],
  ['ED25519', 15],
  ['ED448', 16],
  ['INDIRECT', 252],
  ['PRIVATEDNS', 253],
  ['PRIVATEOID', 254],
])

/** Certificate types (RFC 4398 §2.1). */
export const certificateTypes: ReadonlyMap<string, number> = new Map([
  ['PKIX', 1],
  ['SPKI', 2],
  ['PGP', 3],
  ['IPKIX', 4],
  ['ISPKI', 5],
  ['IPGP', 6],
  ['ACPKIX', 7],
  ['IACPKIX', 8],
  ['URI', 253],
  ['OID', 254],
])

/** Fields of TLSA and SMIMEA (RFC 7218 §2). */
export const certificateUsages: ReadonlyMap<string, number> = new Map([
  ['PKIX-TA', 0],
  ['PKIX-EE', 1],
  ['DANE-TA', 2],
  ['DANE-EE', 3],
  ['PRIVCERT', 255],
])
export const selectors: ReadonlyMap<string, number> = new Map([
  ['CERT', 0],
  ['SPKI', 1],
  ['PRIVSEL', 255],
])
export const matchingTypes: ReadonlyMap<string, number> = new Map([
  ['FULL', 0],
  ['SHA2-256', 1],
  ['SHA2-512', 2],
  ['PRIVMATCH', 255],
])
