/** Which owner names of a zone a grant is for, relative to the zone's apex. */
import { equalNamesAt, foldName, formatName, isAtOrBelow, type Name, NameError, parseName, rootName } from '@zonecast/dns'
import { escapeAsterisks, PatternError, patternLabels } from './pattern-labels.ts'

/** `labels` are those of a relative name, in wire format without the root label. */
export type NamePattern =
  | { readonly kind: 'every' }
  /** That name; without labels the apex. */
  | { readonly kind: 'name'; readonly labels: Uint8Array }
  /** Names below that name. */
  | { readonly kind: 'below'; readonly labels: Uint8Array }
  /** Names that begin with those labels. */
  | { readonly kind: 'first'; readonly labels: Uint8Array }

export const everyName: NamePattern = { kind: 'every' }

/** Reads `*`, `@`, `www`, `*.dev` or `_acme-challenge.*`; throws PatternError. */
export function parseNamePattern(text: string): NamePattern {
  if (text === '*') return everyName
  if (text === '@') return { kind: 'name', labels: new Uint8Array() }
  const labels = patternLabels(text)
  if (labels.at(-1) === '') throw new PatternError(text, 'an owner name pattern is relative to its zone and has no final dot')
  const inner = labels.slice(labels[0] === '*' ? 1 : 0, labels.at(-1) === '*' ? -1 : undefined)
  if (inner.length < labels.length - 1 || inner.includes('*'))
    throw new PatternError(text, 'the asterisk is the first label or the last, and there is one')
  const kind = labels[0] === '*' ? 'below' : labels.at(-1) === '*' ? 'first' : 'name'
  return { kind, labels: wireLabels(text, inner.join('.')) }
}

function wireLabels(pattern: string, text: string): Uint8Array {
  try {
    const name = foldName(parseName(text, rootName))
    return name.subarray(0, name.length - 1)
  } catch (error) {
    if (!(error instanceof NameError)) throw error
    throw new PatternError(pattern, error.reason)
  }
}

export function formatNamePattern(pattern: NamePattern): string {
  if (pattern.kind === 'every') return '*'
  if (pattern.labels.length === 0) return '@'
  const name = escapeAsterisks(formatName(Uint8Array.of(...pattern.labels, 0))).slice(0, -1)
  if (pattern.kind === 'name') return name
  return pattern.kind === 'below' ? `*.${name}` : `${name}.*`
}

/** True when the pattern covers an owner name of the zone at `apex`; false for every name outside it. */
export function coversName(pattern: NamePattern, owner: Name, apex: Name): boolean {
  if (!isAtOrBelow(owner, apex)) return false
  if (pattern.kind === 'every') return true
  const { kind, labels } = pattern
  // The octets of the owner in front of the apex. Length octets are compared too, so that labels begin and end alike.
  const relative = owner.length - apex.length
  if (kind === 'name') return relative === labels.length && equalNamesAt(owner, 0, labels, 0, relative)
  if (kind === 'first') return relative >= labels.length && equalNamesAt(owner, 0, labels, 0, labels.length)
  const start = relative - labels.length
  let at = 0
  while (at < start) at += 1 + owner[at]!
  return start > 0 && at === start && equalNamesAt(owner, start, labels, 0, labels.length)
}
