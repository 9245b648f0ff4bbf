/** Comment and tags of an RRset, for people and programs. */
import type { Note } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'

export interface NoteJson {
  /** Empty where there is none. */
  readonly comment: string
  readonly tags: Readonly<Record<string, string>>
}

export function noteJson(note: Note | undefined): NoteJson {
  return { comment: note?.comment ?? '', tags: note?.tags ?? {} }
}

/** `team=web critical # moves in May`. */
export function noteText({ comment, tags }: NoteJson): string {
  const words = Object.entries(tags).map(([tag, value]) => (value === '' ? tag : `${tag}=${value}`))
  return [...words, ...(comment === '' ? [] : [`# ${comment.replaceAll(/\s+/g, ' ')}`])].join(' ')
}
