/** Tags: words with values, of a zone or an RRset. */
import type { TagMatch } from './search/search-port.ts'

export type Tags = Readonly<Record<string, string>>

/** What is done to tags: those that go, then those that are set. */
export interface TagStep {
  readonly remove: readonly string[]
  readonly set: Tags
}

/** As many as a zone or an RRset may have. */
export const mostTags = 32

/** As they are stored; empty for none. Equal tags have equal texts. */
export function tagsText(tags: Tags): string {
  const sorted = Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.length === 0 ? '' : JSON.stringify(Object.fromEntries(sorted))
}

export function tagsOf(text: string): Tags {
  return text === '' ? {} : (JSON.parse(text) as Tags)
}

export function steppedTags(before: Tags, { remove, set }: TagStep): Tags {
  const kept = Object.entries(before).filter(([tag]) => !remove.includes(tag))
  return { ...Object.fromEntries(kept), ...set }
}

/** True when the tags, as they are stored, have the one that is asked for. */
export function isTagged(text: string, match: TagMatch | undefined): boolean {
  if (match === undefined) return true
  if (text === '') return false
  const value = Object.entries(tagsOf(text)).find(([tag]) => tag === match.tag)?.[1]
  return value !== undefined && (match.value ?? value) === value
}
