/** Comment and tags of an RRset. */
import type { Name } from '@zonecast/dns'
import { ownerKey } from '@zonecast/zone'

export interface Note {
  readonly comment: string
  readonly tags: Readonly<Record<string, string>>
}

/** What is done to the note of an RRset. */
export interface NoteStep {
  readonly owner: Name
  readonly type: number
  /** Path of the request field it comes from. */
  readonly field: string
  /** True where the note becomes exactly what follows. */
  readonly isWhole: boolean
  /** True where a step that leaves no RRset behind takes the note with it; else the RRset must be there. */
  readonly mayBeAbsent: boolean
  /** Undefined leaves it as it is. */
  readonly comment?: string
  readonly setTags: Readonly<Record<string, string>>
  readonly removeTags: readonly string[]
}

export const noNote: Note = { comment: '', tags: {} }

/** As it is stored and shown in the audit log; empty for none. Equal notes have equal texts. */
export function noteText({ comment, tags }: Note): string {
  const sorted = Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (comment === '' && sorted.length === 0) return ''
  return JSON.stringify({ comment, tags: Object.fromEntries(sorted) })
}

export function noteOf(text: string): Note {
  return text === '' ? noNote : (JSON.parse(text) as Note)
}

export function steppedNote(before: Note, { isWhole, comment, setTags, removeTags }: NoteStep): Note {
  if (isWhole) return { comment: comment ?? '', tags: setTags }
  const kept = Object.entries(before.tags).filter(([tag]) => !removeTags.includes(tag))
  return { comment: comment ?? before.comment, tags: { ...Object.fromEntries(kept), ...setTags } }
}

/** About what a note takes in an answer. */
export function noteOctets({ comment, tags }: Note): number {
  return Object.entries(tags).reduce((sum, [tag, value]) => sum + tag.length + 3 * value.length + 8, 3 * comment.length)
}

/** Where an RRset stands in a zone, in canonical order. */
export function placeOf(owner: Name, type: number): Uint8Array {
  const key = ownerKey(0, owner)
  const place = new Uint8Array(key.length + 2)
  place.set(key)
  place[key.length] = type >>> 8
  place[key.length + 1] = type & 0xff
  return place
}
