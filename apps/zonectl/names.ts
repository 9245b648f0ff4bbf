/** Names and values as people type them. */
import { usageError } from './failure.ts'
import type { Run } from './run.ts'

/**
 * A zone's apex with the dot at its end: `harbour.example` and `harbour.example.` are one zone. An empty word is most likely a variable that a
 * script never set; it must not mean the root.
 */
export function zoneName(text: string): string {
  if (text === '') throw usageError('a name is missing: the word is empty; the root is written "."')
  return text.endsWith('.') && !text.endsWith('\\.') ? text : `${text}.`
}

/**
 * A hint for an owner name that ends in its zone but not in a dot: it is relative, so it would stand below itself. Nobody means
 * `www.harbour.example.harbour.example.`, but everybody types it once.
 */
export function doubledName(owner: string, zone: string): string | undefined {
  const apex = zoneName(zone).slice(0, -1).toLowerCase()
  const lower = owner.toLowerCase()
  if (apex === '' || (lower !== apex && !lower.endsWith(`.${apex}`))) return undefined
  return `${owner} has no dot at its end and is relative to the zone: it means ${owner}.${zoneName(zone)} (for ${owner}. write the dot)`
}

/** Tells the hint, where there is one, before the name is used all the same. */
export function noteDoubledName(run: Pick<Run, 'talk'>, owner: string | undefined, zone: string): void {
  const hint = owner && doubledName(owner, zone)
  if (hint) run.talk(`note: ${hint}`)
}

/** The longest character-string (RFC 1035 §3.3). */
const maxStringOctets = 255

/**
 * RDATA in presentation format from a word of the command line. A shell takes the quotes off, so a TXT value without any is one
 * string as it stands, in pieces of 255 octets; one that begins with a quote is left as written.
 */
export function presentationValue(type: string, value: string): string {
  if (!/^(?:TXT|SPF)$/i.test(type) || value.startsWith('"') || value.startsWith('\\#')) return value
  return characterStrings(value).join(' ')
}

function characterStrings(text: string): string[] {
  const octets = [...Buffer.from(text, 'utf8')]
  const strings: string[] = []
  for (let at = 0; at === 0 || at < octets.length; at += maxStringOctets) {
    strings.push(
      `"${octets
        .slice(at, at + maxStringOctets)
        .map(escapeOctet)
        .join('')}"`,
    )
  }
  return strings
}

function escapeOctet(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, '0')}`
}
