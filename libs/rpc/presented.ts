/** How credentials are presented: read in one place, for every protocol alike. */
import { createContextKey } from '@connectrpc/connect'
import { isUtf8 } from 'node:buffer'
import { credentialMalformed } from './access-errors.ts'
import { type Peer, type PeerCertificate, peerOf } from './peer.ts'

/** What a caller shows to say who it is. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'certificate'; readonly certificate: PeerCertificate }

/** The head of a request as it came: a repeated field stands in it as often as it was sent. */
export interface Caller {
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[]
  readonly socket: Parameters<typeof peerOf>[0] | undefined
}

/** Carries the caller to the gate. */
export const callerKey = createContextKey<Caller | undefined>(undefined)

/** Octets of the longest field that is looked into. */
const mostOctets = 4096

/**
 * What the fields say, or else the certificate of the connection; undefined where there is neither. What is said in the call itself
 * goes before the certificate, which stands for every call of the connection. Throws a refusal that names the rule that was broken,
 * and nothing of what was sent.
 */
export function presentedBy({ rawHeaders, socket }: Caller): { presented: Presented | undefined; peer: Peer } {
  const peer = peerOf(socket)
  const { authorization, username, password } = fieldsOf(rawHeaders)
  if (authorization !== undefined) {
    if (username !== undefined || password !== undefined) {
      throw credentialMalformed('send either authorization or username and password, not both')
    }
    return { presented: fromAuthorization(authorization), peer }
  }
  if (username !== undefined || password !== undefined) {
    if (password === undefined) throw credentialMalformed('username came without password')
    if (username === undefined) throw credentialMalformed('password came without username')
    return { presented: { kind: 'password', username, password }, peer }
  }
  const { certificate } = peer
  return { presented: certificate && { kind: 'certificate', certificate }, peer }
}

type Field = 'authorization' | 'username' | 'password'

const fields: Readonly<Record<string, Field>> = { authorization: 'authorization', username: 'username', password: 'password' }
/** Of the fields above, with and without "-bin": only names of such a length are looked at. */
const lengths = new Set(Object.keys(fields).flatMap(({ length }) => [length, length + 4]))

function fieldsOf(rawHeaders: readonly string[]): Partial<Record<Field, string>> {
  const found: Partial<Record<Field, string>> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i]!
    if (!lengths.has(raw.length)) continue
    const name = raw.toLowerCase()
    if (name.endsWith('-bin') && Object.hasOwn(fields, name.slice(0, -4))) {
      throw credentialMalformed(`${name} is not taken; send ${name.slice(0, -4)}`)
    }
    if (!Object.hasOwn(fields, name)) continue
    const field = fields[name]!
    if (found[field] !== undefined) throw credentialMalformed(`send one ${field}, not several`)
    found[field] = plain(field, rawHeaders[i + 1] ?? '')
  }
  return found
}

/** Header fields of gRPC are printable ASCII; whatever is not travels as Basic. */
function plain(field: Field, value: string): string {
  if (value === '') throw credentialMalformed(`${field} is empty`)
  if (value.length > mostOctets) throw credentialMalformed(`${field} takes at most ${mostOctets} octets`)
  if (!/^[ -~]+$/.test(value)) {
    throw credentialMalformed(
      `${field} must be printable ASCII; names and passwords with more than that travel as authorization: Basic`,
    )
  }
  return value
}

/** RFC 6750 §2.1 and RFC 7617 §2. On the way of every call: read without what patterns that capture would leave behind. */
function fromAuthorization(value: string): Presented {
  const space = value.indexOf(' ')
  const scheme = space === -1 ? value : value.slice(0, space)
  let start = scheme.length
  while (value[start] === ' ') start++
  const rest = value.slice(start)
  if (isScheme(scheme, 'bearer')) {
    if (!isToken(rest)) throw credentialMalformed('Bearer must be followed by one token (RFC 6750 §2.1)')
    return { kind: 'token', token: rest }
  }
  if (isScheme(scheme, 'basic')) return fromBasic(rest)
  throw credentialMalformed('the scheme of authorization must be Bearer or Basic')
}

/** What can stand behind Bearer (RFC 6750 §2.1). */
export function isToken(text: string): boolean {
  return /^[\w.~+/-]+=*$/.test(text)
}

function isScheme(text: string, scheme: string): boolean {
  return text.length === scheme.length && text.toLowerCase() === scheme
}

function fromBasic(text: string): Presented {
  const octets = Buffer.from(text, 'base64')
  // What the decoder would have passed over is an error here.
  if (text === '' || octets.toString('base64') !== text)
    throw credentialMalformed('Basic must be followed by base64 (RFC 4648 §4)')
  if (!isUtf8(octets)) throw credentialMalformed('what stands in Basic must be UTF-8')
  const pair = octets.toString('utf8')
  // oxlint-disable-next-line no-control-regex -- those are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(pair)) throw credentialMalformed('names and passwords hold no control characters')
  const colon = pair.indexOf(':')
  if (colon === -1) throw credentialMalformed('what stands in Basic must be username:password (RFC 7617 §2)')
  const username = pair.slice(0, colon)
  const password = pair.slice(colon + 1)
  if (username === '') throw credentialMalformed('the username in Basic is empty')
  if (password === '') throw credentialMalformed('the password in Basic is empty')
  return { kind: 'password', username, password }
}
