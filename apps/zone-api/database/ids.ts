/** Identifiers for people and programs: sorted by time, so that new ones stand together in an index. */
import { randomBytes } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** `PREFIX_` and 26 characters: 48 bits of Unix milliseconds and 80 random bits, in base 32. */
export function newId(prefix: string, nowMs: number): string {
  let time = ''
  for (let rest = nowMs, i = 0; i < 10; i++) {
    time = alphabet[rest % 32]! + time
    rest = Math.floor(rest / 32)
  }
  let random = ''
  for (const octet of randomBytes(16)) random += alphabet[octet % 32]!
  return `${prefix}_${time}${random}`
}
