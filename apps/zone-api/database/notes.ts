/** Comments and tags of RRsets: planned with a change, written with it, and gone with the last RR. */
import { foldName, formatName, type Name, ownerEnd, type RR, TYPE, typeAt, typeToText, type Violation } from '@zonecast/dns'
import { type Delta, ownerKey, rrsetAt, unpackRRs } from '@zonecast/zone'
import type { ChangeDetails } from './change-details.ts'
import { type Note, noteOf, type NoteStep, noteText, placeOf, steppedNote } from './note.ts'
import { noteStatements } from './note-statements.ts'
import type { Db } from './statement.ts'
import { mostTags } from './tags.ts'
import type { CachedZone, ZoneCache, ZoneRow } from './zone-cache.ts'

/** RRsets of a zone that may have a note. */
export const mostNotes = 100_000
const sliceNotes = 500

/** The note of one RRset, before and after; texts as `noteText` writes them. */
export interface NoteEdit {
  readonly owner: Name
  readonly type: number
  readonly before: string
  readonly after: string
}

export interface NotePlan {
  readonly edits: readonly NoteEdit[]
  readonly violations: readonly Violation[]
}

const noPlan: NotePlan = { edits: [], violations: [] }

/** An RRset, and by how many RRs a change makes it larger. */
interface Group {
  readonly owner: Name
  readonly type: number
  by: number
}

export class Notes {
  readonly #rows: ReturnType<typeof noteStatements>
  readonly #details: ChangeDetails
  readonly #cache: ZoneCache
  readonly #now: () => number

  constructor(db: Db, cache: ZoneCache, details: ChangeDetails, now: () => number) {
    this.#now = now
    this.#rows = noteStatements(db)
    this.#details = details
    this.#cache = cache
  }

  /** What becomes of notes by a change: RRsets that go lose theirs, then the steps are taken. */
  async plan(zone: CachedZone, steps: readonly NoteStep[], delta: Delta): Promise<NotePlan> {
    const hasNotes = zone.row.notes > 0
    if (steps.length === 0 && !hasNotes) return noPlan
    const groups = groupsOf(delta)
    const edits = new Map<string, NoteEdit>()
    if (hasNotes) for (const group of groups.values()) await this.#planGone(zone, group, edits)
    const violations: Violation[] = []
    for (const step of steps) {
      const { owner, type, field } = step
      const exists = await isThere(zone, owner, type, groups.get(keyOf(owner, type))?.by ?? 0)
      if (!exists && !step.mayBeAbsent) violations.push(missing(step))
      if (!exists) continue
      const key = keyOf(owner, type)
      const edit = edits.get(key) ?? { owner, type, ...(await this.#present(zone, owner, type)) }
      const note = steppedNote(noteOf(edit.after), step)
      if (Object.keys(note.tags).length > mostTags) violations.push(tooMany(step, `${mostTags} tags`, field))
      edits.set(key, { ...edit, after: noteText(note) })
    }
    const changed = [...edits.values()].filter(({ before, after }) => before !== after)
    const [first] = steps
    if (first && grown(zone.row, changed) > mostNotes)
      violations.push(tooMany(first, `${mostNotes} RRsets with a comment or tags in a zone`, first.field))
    return { edits: changed, violations }
  }

  async #planGone(zone: CachedZone, { owner, type, by }: Group, edits: Map<string, NoteEdit>): Promise<void> {
    if (by >= 0) return
    const { before } = await this.#present(zone, owner, type)
    if (before === '' || (await isThere(zone, owner, type, by))) return
    edits.set(keyOf(owner, type), { owner, type, before, after: '' })
  }

  async #present({ row }: CachedZone, owner: Name, type: number): Promise<Pick<NoteEdit, 'before' | 'after'>> {
    const [found] = row.notes > 0 ? await this.#rows.note({ zone: row.sort_key, place: placeOf(owner, type) }) : []
    return { before: found?.note ?? '', after: found?.note ?? '' }
  }

  /** Writes what was planned, after the version where there is one. */
  async write(zone: CachedZone, edits: readonly NoteEdit[], changeId: string): Promise<void> {
    if (edits.length === 0) return
    const { row } = zone
    for (const edit of edits) await this.#writeOne(row, edit, changeId)
    const notes = grown(row, edits)
    zone.setRow({ ...row, notes })
    await this.#rows.count({ number: row.number, notes })
  }

  async #writeOne(row: ZoneRow, { owner, type, before, after }: NoteEdit, changeId: string): Promise<void> {
    const at = { zone: row.sort_key, place: placeOf(owner, type) }
    const folded = foldName(owner)
    const old = noteOf(before).tags
    const { tags } = noteOf(after)
    for (const tag of Object.keys(old)) if (!(tag in tags)) await this.#rows.dropTag({ ...at, tag })
    for (const [tag, value] of Object.entries(tags)) if (old[tag] !== value) await this.#rows.putTag({ ...at, tag, value })
    if (after === '') await this.#rows.drop(at)
    else await this.#rows.put({ ...at, owner: folded, type, note: after })
    const what = { subject: subjectOf(owner, type), before, after }
    const where = { zone: row.sort_key, owner: folded, type, version: row.version }
    await this.#details.add({ change_id: changeId, at: this.#now(), ...what, ...where })
  }

  /** After the whole content was replaced: RRsets that have gone lose their notes. */
  async sweep(zone: CachedZone, changeId: string): Promise<void> {
    if (zone.row.notes === 0) return
    const gone: NoteEdit[] = []
    for (let after: Uint8Array = new Uint8Array(); ;) {
      const rows = await this.#rows.notes({ zone: zone.row.sort_key, after, limit: sliceNotes })
      for (const { owner, type, note } of rows) {
        if (!(await isThere(zone, owner as Name, type, 0))) gone.push({ owner: owner as Name, type, before: note, after: '' })
      }
      if (rows.length < sliceNotes) break
      after = rows.at(-1)!.place
      // Pages that were looked at are not needed again.
      this.#cache.trim()
    }
    await this.write(zone, gone, changeId)
  }

  /** Removes all notes of a zone. */
  async clear(zone: CachedZone, changeId: string): Promise<void> {
    const { sort_key: sortKey } = zone.row
    while (zone.row.notes > 0) {
      const rows = await this.#rows.notes({ zone: sortKey, after: new Uint8Array(), limit: sliceNotes })
      if (rows.length === 0) return
      await this.write(
        zone,
        rows.map(({ owner, type, note }) => ({ owner: owner as Name, type, before: note, after: '' })),
        changeId,
      )
    }
  }

  /** RRsets that are there again get the notes they had at a version, where they have none. */
  async bringBack(zone: CachedZone, version: bigint, changeId: string): Promise<number> {
    const edits: NoteEdit[] = []
    const { sort_key: sortKey, version: newest } = zone.row
    for (const { owner, type, before } of await this.#details.firstAfter(sortKey, Number(version), newest)) {
      if (before === '' || (await this.#present(zone, owner, type)).before !== '') continue
      if (await isThere(zone, owner, type, 0)) edits.push({ owner, type, before: '', after: before })
    }
    await this.write(zone, edits, changeId)
    return edits.length
  }

  /** The notes of RRsets, as many as there are; undefined for those without. */
  async of(row: ZoneRow, rrsets: readonly { readonly owner: Name; readonly type: number }[]): Promise<(Note | undefined)[]> {
    if (row.notes === 0) return rrsets.map(() => undefined)
    const found = rrsets.map(({ owner, type }) => this.#rows.note({ zone: row.sort_key, place: placeOf(owner, type) }))
    return (await Promise.all(found)).map(([note]) => note && noteOf(note.note))
  }
}

/** RRsets with their notes. */
export async function noted<RRset extends { readonly owner: Name; readonly type: number }>(
  notes: Notes,
  row: ZoneRow,
  rrsets: readonly RRset[],
): Promise<(RRset & { note?: Note })[]> {
  const found = await notes.of(row, rrsets)
  return rrsets.map((rrset, i) => (found[i] ? { ...rrset, note: found[i] } : rrset))
}

/** True when the RRset has RRs once a change has made it larger, or smaller, by so many. */
async function isThere(zone: CachedZone, owner: Name, type: number, by: number): Promise<boolean> {
  if (type === TYPE.SOA) return keyOf(owner, type) === keyOf(zone.row.apex, type)
  await zone.prefetch([ownerKey(0, owner)])
  return zone.withPages((pages) => rrsetAt(pages, owner, type).length + by > 0)
}

function groupsOf({ removed, added }: Delta): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const [packed, by] of [
    [removed, -1],
    [added, 1],
  ] as const) {
    for (const stored of unpackRRs(packed)) {
      const end = ownerEnd(stored, 0)
      const owner = stored.subarray(0, end) as Name
      const type = typeAt(stored, end)
      const key = keyOf(owner, type)
      const group = groups.get(key)
      if (group) group.by += by
      else groups.set(key, { owner, type, by })
    }
  }
  return groups
}

function keyOf(owner: Name, type: RR['type']): string {
  return `${type} ${Buffer.from(foldName(owner)).toString('latin1')}`
}

function grown({ notes }: ZoneRow, edits: readonly NoteEdit[]): number {
  return edits.reduce((sum, { before, after }) => sum + Number(after !== '') - Number(before !== ''), notes)
}

export function subjectOf(owner: Name, type: number): string {
  return `${formatName(owner)} ${typeToText(type)}`
}

function missing({ owner, type, field }: NoteStep): Violation {
  const subject = subjectOf(owner, type)
  const message = `there is no RRset ${subject}, and what is not there has no comment and no tags; put it first`
  return { field, reason: 'RRSET_UNKNOWN', subject, message }
}

function tooMany({ owner, type }: NoteStep, what: string, field: string): Violation {
  const subject = subjectOf(owner, type)
  return { field, reason: 'TOO_LARGE', subject, message: `with ${subject} there would be more than ${what}; remove some` }
}
