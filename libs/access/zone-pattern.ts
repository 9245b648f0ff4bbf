/** Which zones a grant is for: every one, one, or those below a name. */
import { equalNames, foldName, formatName, isAtOrBelow, type Name, NameError, parseName, rootName } from '@zonecast/dns'
import { escapeAsterisks, PatternError, patternLabels } from './pattern-labels.ts'

/** `every` alone covers what belongs to no zone as well: edges, templates, principals, the audit log as a whole. */
export type ZonePattern =
  | { readonly kind: 'every' }
  | { readonly kind: 'zone'; readonly name: Name }
  | { readonly kind: 'below'; readonly name: Name }

export const everyZone: ZonePattern = { kind: 'every' }

/** Reads `*`, `example.org.` or `*.example.org.`; throws PatternError. */
export function parseZonePattern(text: string): ZonePattern {
  if (text === '*') return everyZone
  const [first, ...rest] = patternLabels(text)
  if (rest.includes('*')) throw new PatternError(text, 'in a zone pattern the asterisk is the first label')
  const below = first === '*'
  const name = zoneName(text, below ? rest.join('.') || '.' : text)
  return below ? { kind: 'below', name } : { kind: 'zone', name }
}

function zoneName(pattern: string, text: string): Name {
  try {
    return foldName(parseName(text, rootName))
  } catch (error) {
    if (!(error instanceof NameError)) throw error
    throw new PatternError(pattern, error.reason)
  }
}

export function formatZonePattern(pattern: ZonePattern): string {
  if (pattern.kind === 'every') return '*'
  const name = escapeAsterisks(formatName(pattern.name))
  if (pattern.kind === 'zone') return name
  return name === '.' ? '*.' : `*.${name}`
}

/** True when the pattern covers a zone; with undefined, what belongs to no zone. */
export function coversZone(pattern: ZonePattern, zone: Name | undefined): boolean {
  if (pattern.kind === 'every') return true
  if (zone === undefined) return false
  const { kind, name } = pattern
  return kind === 'zone' ? equalNames(zone, name) : zone.length > name.length && isAtOrBelow(zone, name)
}
