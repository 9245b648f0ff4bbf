/** DNS cookies: a server tells clients it has seen from forged addresses (RFC 7873, RFC 9018). */
import { equalBytes, putU32, u32At } from '@zonecast/dns'
import { addressOctets } from './client-address.ts'
import { sipHash24 } from './siphash.ts'

export interface CookieOptions {
  /** Keys of 16 octets: the first makes cookies, all are good for checking, so that servers of one address can change them in turn. */
  readonly secrets: readonly Uint8Array[]
  /** Over UDP a client with a cookie option gets BADCOOKIE until it shows ours (RFC 7873 §5.2.3, §5.2.4); one without is answered. */
  readonly required?: boolean
}

export interface CheckedCookie {
  /** `new` without a server cookie; `bad` when it is not ours, not this client's or too old. */
  readonly state: 'new' | 'good' | 'bad'
  /** The option to answer with: client cookie and server cookie. */
  readonly reply: Uint8Array
}

const clientOctets = 8
const serverOctets = 16
const version = 1
/** RFC 9018 §4.3: an hour into the past, five minutes into the future, and a new one after half an hour. */
const goodForSeconds = 3600
const aheadSeconds = 300
const renewAfterSeconds = 1800

/** Reads a cookie option; undefined when its length is wrong, which is a FORMERR (RFC 7873 §5.2.2). */
export function checkCookie(
  data: Uint8Array,
  client: string,
  nowSeconds: number,
  { secrets }: CookieOptions,
): CheckedCookie | undefined {
  if (data.length !== clientOctets && (data.length < 16 || data.length > 40)) return undefined
  const address = addressOctets(client)
  const state = data.length === clientOctets ? 'new' : stateOf(data, address, nowSeconds, secrets)
  const age = data.length < 16 ? Infinity : ageOf(data, nowSeconds)
  if (state === 'good' && age < renewAfterSeconds) return { state, reply: data.slice() }
  return { state, reply: makeCookie(data, address, nowSeconds, secrets[0]!) }
}

function stateOf(data: Uint8Array, address: Uint8Array, now: number, secrets: readonly Uint8Array[]): 'good' | 'bad' {
  if (data.length !== clientOctets + serverOctets || data[8] !== version) return 'bad'
  const age = ageOf(data, now)
  if (age > goodForSeconds || age < -aheadSeconds) return 'bad'
  const hash = data.subarray(16)
  return secrets.some((secret) => equalBytes(hashOf(data, address, secret), hash)) ? 'good' : 'bad'
}

/** Seconds since the cookie was made; its clock goes round a circle of 2³² (RFC 9018 §4.3). */
function ageOf(data: Uint8Array, now: number): number {
  return (Math.trunc(now) - u32At(data, 12)) | 0
}

function makeCookie(data: Uint8Array, address: Uint8Array, now: number, secret: Uint8Array): Uint8Array {
  const cookie = new Uint8Array(clientOctets + serverOctets)
  cookie.set(data.subarray(0, clientOctets))
  cookie[8] = version
  putU32(cookie, 12, Math.trunc(now) >>> 0)
  cookie.set(hashOf(cookie, address, secret), 16)
  return cookie
}

/** Client cookie, version, reserved octets and time as they stand in the option, then the client's address (RFC 9018 §4.4). */
function hashOf(cookie: Uint8Array, address: Uint8Array, secret: Uint8Array): Uint8Array {
  const input = new Uint8Array(16 + address.length)
  input.set(cookie.subarray(0, 16))
  input.set(address, 16)
  return sipHash24(secret, input)
}
