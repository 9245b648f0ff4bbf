/** The queries of comments and tags. */
import type { NoteTable, NoteTagTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'

interface NotePlace {
  readonly zone: Uint8Array
  readonly place: Uint8Array
}
interface TagRange {
  readonly tag: string
  readonly zone: Uint8Array
  readonly place: Uint8Array
  readonly limit: number
}

export function noteStatements(db: Db) {
  return { ...ownStatements(db), ...tagStatements(db) }
}

function ownStatements(db: Db) {
  return {
    note: statement(db, (p: NotePlace) =>
      db.selectFrom('notes').select('note').where('zone', '=', p.zone).where('place', '=', p.place),
    ),
    notes: statement(db, (p: { zone: Uint8Array; after: Uint8Array; limit: number }) =>
      db.selectFrom('notes').selectAll().where('zone', '=', p.zone).where('place', '>', p.after).orderBy('place').limit(p.limit),
    ),
    put: statement(db, (p: NoteTable) =>
      db
        .insertInto('notes')
        .values(pick(p, ['zone', 'place', 'owner', 'type', 'note']))
        .onConflict((c) => c.columns(['zone', 'place']).doUpdateSet((e) => ({ note: e.ref('excluded.note') }))),
    ),
    drop: statement(db, (p: NotePlace) => db.deleteFrom('notes').where('zone', '=', p.zone).where('place', '=', p.place)),
    zoneOf: statement(db, (p: { sort_key: Uint8Array }) =>
      db.selectFrom('zones').select('zone_key').where('sort_key', '=', p.sort_key),
    ),
    count: statement(db, (p: { number: number; notes: number }) =>
      db.updateTable('zones').set({ notes: p.notes }).where('number', '=', p.number),
    ),
  }
}

function tagStatements(db: Db) {
  const columns = ['n.zone', 'n.place', 'n.owner', 'n.type', 'n.note'] as const
  const tagged = (p: TagRange) =>
    db
      .selectFrom('note_tags as t')
      .innerJoin('notes as n', (join) => join.onRef('n.zone', '=', 't.zone').onRef('n.place', '=', 't.place'))
      .select(columns)
      .where('t.tag', '=', p.tag)
      .orderBy('t.zone')
      .orderBy('t.place')
      .limit(p.limit)
  const inZone = (p: TagRange) => tagged(p).where('t.zone', '=', p.zone).where('t.place', '>', p.place)
  // Two comparisons where one of rows would do: both engines read them as a range of the index.
  const from = (p: TagRange) =>
    tagged(p)
      .where('t.zone', '>=', p.zone)
      .where((e) => e.or([e('t.zone', '>', p.zone), e('t.place', '>', p.place)]))
  return {
    putTag: statement(db, (p: NoteTagTable) =>
      db
        .insertInto('note_tags')
        .values(pick(p, ['tag', 'zone', 'place', 'value']))
        .onConflict((c) => c.columns(['tag', 'zone', 'place']).doUpdateSet((e) => ({ value: e.ref('excluded.value') }))),
    ),
    dropTag: statement(db, (p: NotePlace & { tag: string }) =>
      db.deleteFrom('note_tags').where('tag', '=', p.tag).where('zone', '=', p.zone).where('place', '=', p.place),
    ),
    taggedIn: statement(db, (p: TagRange) => inZone(p)),
    valuedIn: statement(db, (p: TagRange & { value: string }) => inZone(p).where('t.value', '=', p.value)),
    tagged: statement(db, (p: TagRange) => from(p)),
    valued: statement(db, (p: TagRange & { value: string }) => from(p).where('t.value', '=', p.value)),
  }
}
