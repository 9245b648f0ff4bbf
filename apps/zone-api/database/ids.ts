/** Identifiers for people and programs: sorted by time, so that new ones stand together in an index. */
import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** `PREFIX_` and 26 characters: 48 bits of Unix milliseconds and 80 random bits, in base 32. */
export function newId(prefix: string, nowMs: number): string {
  let time = ''
  for (let rest = nowMs, i = 0; i < 10; i++) {
    time = alphabet[rest % 32]! + time
    rest = Math.floor(rest / 32)
  }
  return `${prefix}_${time}${randomCharacters(16)}`
}

/** Random octets are fetched many at a time: asking the system for each id would cost more than the rest of it. */
const pool = new Uint8Array(4096)
let used = pool.length

function randomCharacters(count: number): string {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let characters = ''
  for (const octet of pool.subarray(used, used + count)) characters += alphabet[octet % 32]!
  used += count
  return characters
}
