/** The queries over versions, and over the contents they leave behind. */
import { pageStatements } from './page-statements.ts'
import { type Db, statement } from './statement.ts'

export type HistoryStatements = ReturnType<typeof historyStatements>
type RowOf<Name extends keyof HistoryStatements> = Awaited<ReturnType<HistoryStatements[Name]>>[number]
export type ListedRow = RowOf<'versions'>
export type StepRow = RowOf<'next'>

interface Listing {
  readonly zone: number
  readonly before: number
  readonly limit: number
}

export function historyStatements(db: Db) {
  return { ...listings(db), ...stepStatements(db), ...contentStatements(db) }
}

function listings(db: Db) {
  const listed = () =>
    db
      .selectFrom('versions as v')
      .leftJoin('changes as c', 'c.change_id', 'v.change_id')
      .select(['v.generation', 'v.version', 'v.serial', 'v.digest', 'v.deleted', 'v.rr_count', 'v.rrset_count'])
      .select(['v.step', 'v.change_id', 'v.committed_at', 'c.principal', 'c.reason', 'c.method', 'c.outcome'])
      .select((e) =>
        e(e.fn<number | null>('length', ['v.removed']), '+', e.fn<number | null>('length', ['v.added'])).as('octets'),
      )
  return {
    versions: statement(db, (p: Listing) =>
      listed().where('v.zone', '=', p.zone).where('v.version', '<', p.before).orderBy('v.version', 'desc').limit(p.limit),
    ),
    named: statement(db, (p: Listing & { owner: Uint8Array }) =>
      listed()
        .innerJoin('change_names as n', (join) => join.onRef('n.zone', '=', 'v.zone').onRef('n.version', '=', 'v.version'))
        .where('n.zone', '=', p.zone)
        .where('n.owner', '=', p.owner)
        .where('n.version', '<', p.before)
        .orderBy('n.version', 'desc')
        .limit(p.limit),
    ),
    version: statement(db, (p: { zone: number; version: number }) =>
      db
        .selectFrom('versions')
        .select(['generation', 'version', 'serial', 'digest', 'deleted', 'soa', 'settings', 'settings_version', 'placement'])
        .select(['rr_count', 'rrset_count', 'content_octets'])
        .where('zone', '=', p.zone)
        .where('version', '=', p.version),
    ),
  }
}

function stepStatements(db: Db) {
  return {
    sizes: statement(db, (p: { zone: number; after: number; to: number; limit: number }) =>
      db
        .selectFrom('versions')
        .select(['version', 'step'])
        .select((e) => e(e.fn<number>('length', ['removed']), '+', e.fn<number>('length', ['added'])).as('octets'))
        .where('zone', '=', p.zone)
        .where('version', '>', p.after)
        .where('version', '<=', p.to)
        .orderBy('version')
        .limit(p.limit),
    ),
    steps: statement(db, (p: { zone: number; after: number; to: number }) =>
      db
        .selectFrom('versions')
        .select(['removed', 'added'])
        .where('zone', '=', p.zone)
        .where('version', '>', p.after)
        .where('version', '<=', p.to)
        .orderBy('version'),
    ),
    next: statement(db, (p: { zone: number; version: number }) =>
      db
        .selectFrom('versions')
        .select(['version', 'step', 'removed', 'added', 'delta_content', 'replaced_content'])
        .where('zone', '=', p.zone)
        .where('version', '=', p.version),
    ),
    pieces: statement(db, (p: { content: number; from: number }) =>
      db
        .selectFrom('delta_pieces')
        .select(['removed', 'added'])
        .where('content', '=', p.content)
        .where('piece', '>=', p.from)
        .orderBy('piece')
        .limit(2),
    ),
  }
}

function contentStatements(db: Db) {
  return {
    contentState: statement(db, (p: { content: number }) =>
      db.selectFrom('contents').select('state').where('number', '=', p.content),
    ),
    ...pageStatements(db, 1),
  }
}
