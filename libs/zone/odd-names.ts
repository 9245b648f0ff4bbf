/** Owner names that may stand and are hardly ever meant. */
import { type Name, TYPE } from '@zonecast/dns'
import { asteriskInside, type Problem, underscoreHost, underscoreMissing } from './problem.ts'

const asterisk = 0x2a
const underscore = 0x5f

/** True when a name has an asterisk or an underscore anywhere: few have. */
export function hasOddLetters(owner: Uint8Array, end: number): boolean {
  for (let i = 1; i < end; i++) if (owner[i] === asterisk || owner[i] === underscore) return true
  return false
}

/** What is odd about types standing at a name. */
export function* nameProblems(owner: Name, types: readonly number[]): Generator<Problem> {
  if (hasAsteriskInside(owner)) yield asteriskInside(owner)
  const hasUnderscore = hasLetter(owner, underscore)
  for (const type of types) {
    if (hasUnderscore && isHostType(type)) yield underscoreHost(owner, type)
    if (type === TYPE.SRV && !isServiceName(owner)) yield underscoreMissing(owner)
  }
}

/** Such data says something of a host, or of a mail domain. */
function isHostType(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA || type === TYPE.MX
}

/** An asterisk anywhere but alone in the first label stands for itself (RFC 4592 §2.1.1). */
function hasAsteriskInside(owner: Name): boolean {
  const isWild = owner[0] === 1 && owner[1] === asterisk
  return hasLetter(owner, asterisk, isWild ? 2 : 0)
}

/** Looks from a label's start on; lengths of labels are no letters. */
function hasLetter(owner: Name, letter: number, from = 0): boolean {
  for (let at = from; owner[at]! > 0; at += 1 + owner[at]!) {
    for (let i = at + 1; i <= at + owner[at]!; i++) if (owner[i] === letter) return true
  }
  return false
}

/** `_service._proto` in front, or a wildcard that stands for it. */
function isServiceName(owner: Name): boolean {
  if (owner[0] === 1 && owner[1] === asterisk) return true
  const second = 1 + owner[0]!
  return owner[1] === underscore && owner[second]! > 0 && owner[second + 1] === underscore
}
