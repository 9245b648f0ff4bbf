/** Domain names in uncompressed wire format: text, order, ancestry. */
import { pushDecimalEscape, textOfCodes } from './character-codes.ts'
import { WireError } from './violation.ts'

/** Labels with their length octets, ending in the root label; case is preserved. Treat as immutable. */
export type Name = Uint8Array

/** The longest name in wire format, root label included (RFC 1035 §3.1). */
export const maxNameOctets = 255
/** The longest label (RFC 1035 §2.3.4). */
export const maxLabelOctets = 63

export const rootName: Name = new Uint8Array([0])

/** Text that is not a domain name, and the rule it breaks. */
export class NameError extends Error {
  readonly reason: string

  constructor(text: string, reason: string) {
    super(`${JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text)} is not a domain name: ${reason}`)
    this.name = 'NameError'
    this.reason = reason
  }
}

const scratch = new Uint8Array(maxNameOctets + 1)

/**
 * Reads a name in presentation format (RFC 1035 §5.1), with the escapes `\X` and `\DDD`. A name without a final dot is relative
 * to `origin`, and refused where there is none. `@` is an ordinary character here; a zone file's reader gives it its meaning.
 */
export function parseName(text: string, origin?: Name): Name {
  if (text === '.') return rootName
  if (text === '') throw new NameError(text, 'it is empty')
  let labelStart = 0
  let at = 1
  for (let i = 0; i < text.length; i++) {
    let octet = text.charCodeAt(i)
    if (octet === 0x2e) {
      closeLabel(text, labelStart, at)
      labelStart = at++
      if (at > maxNameOctets) throw tooLong(text)
      continue
    }
    if (octet === 0x5c) {
      octet = escapedOctet(text, i)
      i += isDigit(text.charCodeAt(i + 1)) ? 3 : 1
    } else if (octet <= 0x20 || octet === 0x7f || octet > 0xff) {
      throw new NameError(text, 'white space, control and non-ASCII characters are written as \\DDD (RFC 1035 §5.1)')
    }
    if (at >= maxNameOctets) throw tooLong(text)
    scratch[at++] = octet
  }
  const absolute = at === labelStart + 1
  if (!absolute) closeLabel(text, labelStart, at)
  return absolute ? finish(text, labelStart, rootName) : finish(text, at, origin)
}

function closeLabel(text: string, start: number, at: number): void {
  const length = at - start - 1
  if (length === 0) throw new NameError(text, 'it has an empty label (RFC 1035 §3.1)')
  if (length > maxLabelOctets) throw new NameError(text, `a label has ${length} octets, and 63 is the limit (RFC 1035 §2.3.4)`)
  scratch[start] = length
}

function finish(text: string, length: number, suffix: Name | undefined): Name {
  if (suffix === undefined) throw new NameError(text, 'it is relative and there is no origin; end it with a dot')
  if (length + suffix.length > maxNameOctets) throw tooLong(text)
  const name = new Uint8Array(length + suffix.length)
  for (let i = 0; i < length; i++) name[i] = scratch[i]!
  name.set(suffix, length)
  return name
}

function tooLong(text: string): NameError {
  return new NameError(text, 'it is longer than 255 octets (RFC 1035 §2.3.4)')
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function escapedOctet(text: string, backslash: number): number {
  const next = text.charCodeAt(backslash + 1)
  if (!isDigit(next)) {
    if (next <= 0xff) return next
    throw new NameError(text, 'a backslash stands before an ASCII character or three digits (RFC 1035 §5.1)')
  }
  const second = text.charCodeAt(backslash + 2)
  const third = text.charCodeAt(backslash + 3)
  const value = (next - 0x30) * 100 + (second - 0x30) * 10 + (third - 0x30)
  if (isDigit(second) && isDigit(third) && value <= 0xff) return value
  throw new NameError(text, 'the escape \\DDD has three digits, 000 to 255 (RFC 1035 §5.1)')
}

const plain = 0
const escaped = 1
const decimal = 2
/** How an octet of a label is written: as it is, as `\X` where it means something in a zone file, as `\DDD` if not printable. */
const writtenAs = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet <= 0x20 || octet >= 0x7f) return decimal
  return '."\\();@$'.includes(String.fromCharCode(octet)) ? escaped : plain
})

/** The name in presentation format: absolute, with escapes; the root is `.`. */
export function formatName(name: Name): string {
  if (name.length <= 1) return '.'
  const codes: number[] = []
  for (let at = 0; at < name.length - 1;) {
    const end = at + 1 + name[at]!
    for (at++; at < end; at++) pushOctet(codes, name[at]!)
    codes.push(0x2e)
  }
  return textOfCodes(codes)
}

function pushOctet(codes: number[], octet: number): void {
  const form = writtenAs[octet]
  if (form === decimal) return pushDecimalEscape(codes, octet)
  if (form === escaped) codes.push(0x5c)
  codes.push(octet)
}

/** A–Z as a–z. Length octets are at most 63 and so below 'A': folding every octet of a name never touches one. */
export function fold(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet
}

/** The name with A–Z as a–z (RFC 4343); the same array where there is nothing to fold. */
export function foldName(name: Name): Name {
  for (let i = 0; i < name.length; i++) {
    if (fold(name[i]!) !== name[i]) return name.map(fold)
  }
  return name
}

/** The folded wire format as a string of one character an octet: a key for maps. */
export function nameKey(name: Name): string {
  const codes = Array<number>(name.length)
  for (let i = 0; i < name.length; i++) codes[i] = fold(name[i]!)
  return String.fromCharCode(...codes)
}

/** A zone's identity on the wire of our own protocols: the apex in lower-case presentation format, ending in a dot. */
export function zoneKeyOf(name: Name): string {
  return formatName(foldName(name))
}

/** The same name, whatever the case (RFC 4343). */
export function equalNames(a: Name, b: Name): boolean {
  return a.length === b.length && equalNamesAt(a, 0, b, 0, b.length)
}

/** The same for names, or the tails of names, that stand inside other octets and are of one length. */
export function equalNamesAt(a: Uint8Array, startOfA: number, b: Uint8Array, startOfB: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const x = a[startOfA + i]!
    const y = b[startOfB + i]!
    if (x !== y && fold(x) !== fold(y)) return false
  }
  return true
}

/** The number of labels, the root label not counted. */
export function labelCount(name: Name): number {
  let count = 0
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) count++
  return count
}

/** The labels without their length octets, leftmost first, without the root label. */
export function labelsOf(name: Name): Uint8Array[] {
  const labels: Uint8Array[] = []
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) labels.push(name.subarray(at + 1, at + 1 + name[at]!))
  return labels
}

/** The name without its leftmost label; the root has no parent. */
export function parentOf(name: Name): Name | undefined {
  return name.length <= 1 ? undefined : name.subarray(1 + name[0]!)
}

/** The rightmost `labels` labels; the name itself where it has no more than that. */
export function ancestorAt(name: Name, labels: number): Name {
  let at = 0
  for (let surplus = labelCount(name) - labels; surplus > 0; surplus--) at += 1 + name[at]!
  return at === 0 ? name : name.subarray(at)
}

/** True for the ancestor itself and for everything under it. */
export function isAtOrBelow(name: Name, ancestor: Name): boolean {
  const target = name.length - ancestor.length
  let at = 0
  while (at < target) at += 1 + name[at]!
  return at === target && equalNamesAt(name, at, ancestor, 0, ancestor.length)
}

/** The labels of `prefix` in front of `suffix`; throws NameError when the result is longer than 255 octets. */
export function concatNames(prefix: Name, suffix: Name): Name {
  const length = prefix.length - 1
  if (length + suffix.length > maxNameOctets) throw tooLong(formatName(prefix) + formatName(suffix))
  const name = new Uint8Array(length + suffix.length)
  name.set(prefix.subarray(0, length))
  name.set(suffix, length)
  return name
}

/** True when the leftmost label is `*` (RFC 4592 §2.1.1). */
export function isWildcard(name: Name): boolean {
  return name[0] === 1 && name[1] === 0x2a
}

const asterisk: Name = new Uint8Array([1, 0x2a, 0])

/** `*.name`; throws NameError when that is longer than 255 octets. */
export function wildcardOf(name: Name): Name {
  return concatNames(asterisk, name)
}

/** The offset after an uncompressed name; throws WireError for a pointer, a label or name too long, or one that runs past `end`. */
export function scanName(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset
  while (at < end) {
    const length = bytes[at]!
    if (length === 0) return at + 1
    if (length > maxLabelOctets) throw new WireError(`a label cannot start with octet ${length} here (RFC 1035 §4.1.4)`, at)
    at += 1 + length
    if (at - offset >= maxNameOctets) throw new WireError('a name is longer than 255 octets (RFC 1035 §2.3.4)', offset)
  }
  throw new WireError('a name runs past the end', offset)
}
