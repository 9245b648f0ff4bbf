/** Algorithms of TSIG, as keys name them (RFC 8945 §6). */

export interface TSIGAlgorithm {
  /** As configurations of name servers write it. */
  readonly name: string
  /** Octets of its MAC: a secret is to have as many (RFC 2104 §3). */
  readonly octets: number
  /** Why it is better not used. */
  readonly weakness?: string
}

export const defaultTSIGAlgorithm = 'hmac-sha256'

/** Truncated ones are left out: Knot and NSD know none of them. */
export const tsigAlgorithms: readonly TSIGAlgorithm[] = [
  { name: 'hmac-sha1', octets: 20, weakness: 'hmac-sha1 is not recommended any more' },
  { name: 'hmac-sha224', octets: 28 },
  { name: 'hmac-sha256', octets: 32 },
  { name: 'hmac-sha384', octets: 48 },
  { name: 'hmac-sha512', octets: 64 },
]

/** The algorithm of that name, in either case and with or without a dot at its end. */
export function tsigAlgorithm(text: string): TSIGAlgorithm | undefined {
  const wanted = text.toLowerCase().replace(/\.$/, '')
  return tsigAlgorithms.find(({ name }) => name === wanted)
}

/** True for MD5, which must not be used (RFC 8945 §6), under its name in the DNS and its name in configurations. */
export function isForbiddenTSIGAlgorithm(text: string): boolean {
  return /^hmac-md5(\.sig-alg\.reg\.int)?\.?$/i.test(text)
}
