/** Passwords as argon2id hashes in PHC format (RFC 9106). */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'

/** KiB, passes, lanes: what OWASP asks for at least. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const saltOctets = 16
const tagOctets = 32

interface Parsed {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Uint8Array
  readonly tag: Uint8Array
}

/** `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltOctets)
  const tag = await derive(password, { ...cost, salt, tag: new Uint8Array(tagOctets) })
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

/** Whether a password is the one of a hash, at the cost that the hash names; false where the hash cannot be read. */
export async function isPasswordOf(password: string, phc: string): Promise<boolean> {
  const parsed = parse(phc)
  return parsed !== undefined && timingSafeEqual(await derive(password, parsed), parsed.tag)
}

/** A hash of no password: to compare with it costs what comparing with any other does. */
export const nobodysHash = [
  '$argon2id$v=19',
  `m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`,
  base64(randomBytes(saltOctets)),
  base64(randomBytes(tagOctets)),
].join('$')

const shape = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{11,88})$/

function parse(phc: string): Parsed | undefined {
  const [, memory, passes, parallelism, salt = '', tag = ''] = shape.exec(phc) ?? []
  if (tag === '') return undefined
  const numbers = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  return { ...numbers, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}

function derive(password: string, { memory, passes, parallelism, salt, tag }: Parsed): Promise<Uint8Array> {
  const how = { message: password, nonce: salt, parallelism, tagLength: tag.length, memory, passes }
  return new Promise((resolve, reject) => {
    argon2('argon2id', how, (error, derived) => (error ? reject(error) : resolve(derived)))
  })
}

/** Without padding, as PHC has it. */
function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64').replaceAll('=', '')
}
