/** Our side of EDNS: which options a response carries (RFC 6891, 5001, 7828, 7873, 8914). */
import { EDNS_OPTION, putU16, type Edns, type EdnsOption } from '@zonecast/dns'
import { checkCookie, type CheckedCookie, type CookieOptions } from './cookies.ts'

/** INFO-CODEs of extended errors (RFC 8914 §4). */
export const EXTENDED_ERROR = { OTHER: 0, NOT_READY: 14, PROHIBITED: 18, NOT_AUTHORITATIVE: 20, NOT_SUPPORTED: 21 } as const

/** The one EDNS version there is. */
export const ednsVersion = 0

/** The first option of a code. */
export function optionOf({ options }: Edns, code: number): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.data
}

/** What a request says of cookies; `malformed` asks for FORMERR. */
export function cookieOf(
  edns: Edns | undefined,
  client: string,
  nowSeconds: number,
  options: CookieOptions | undefined,
): CheckedCookie | 'malformed' | undefined {
  const data = options && edns && optionOf(edns, EDNS_OPTION.COOKIE)
  if (data === undefined) return undefined
  return checkCookie(data, client, nowSeconds, options!) ?? 'malformed'
}

export interface ReplyOptions {
  readonly udpSize: number
  readonly nsid?: Uint8Array | undefined
  readonly cookie?: CheckedCookie | undefined
  /** Milliseconds that an idle connection is kept; absent over UDP (RFC 7828 §3.2.1). */
  readonly keepAliveMilliseconds?: number | undefined
  readonly extendedError?: number | undefined
}

/** Our OPT: options that were asked for, in ascending order, and what explains an error. Unknown ones are not mentioned. */
export function replyEdns(theirs: Edns, reply: ReplyOptions): Edns {
  const { udpSize, nsid, cookie, keepAliveMilliseconds, extendedError } = reply
  const options: EdnsOption[] = []
  if (nsid !== undefined && optionOf(theirs, EDNS_OPTION.NSID)) options.push({ code: EDNS_OPTION.NSID, data: nsid })
  if (cookie !== undefined) options.push({ code: EDNS_OPTION.COOKIE, data: cookie.reply })
  if (keepAliveMilliseconds !== undefined && optionOf(theirs, EDNS_OPTION.TCP_KEEPALIVE)) {
    const data = number16(Math.min(0xffff, Math.floor(keepAliveMilliseconds / 100)))
    options.push({ code: EDNS_OPTION.TCP_KEEPALIVE, data })
  }
  if (extendedError !== undefined) options.push({ code: EDNS_OPTION.EXTENDED_ERROR, data: number16(extendedError) })
  return { udpSize, version: ednsVersion, doBit: theirs.doBit, options }
}

function number16(value: number): Uint8Array {
  const data = new Uint8Array(2)
  putU16(data, 0, value)
  return data
}
