/** The queries of the audit log. */
import type { DenialTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'

export type AuditStatements = ReturnType<typeof auditStatements>

interface Before {
  readonly before: number
  readonly limit: number
}
interface BeforeLine {
  readonly at: number
  readonly number: number
  readonly limit: number
}

type NewDenial = Omit<DenialTable, 'number' | 'zone_key' | 'rrset' | 'fault'> & {
  readonly [Name in 'zone_key' | 'rrset' | 'fault']: string
}
const denialColumns = 'at last_at principal method reason fault permission count zone_key rrset'.split(' ') as (keyof NewDenial)[]

export function auditStatements(db: Db) {
  return { ...changeStatements(db), ...lineStatements(db), ...denialStatements(db) }
}

function changeStatements(db: Db) {
  const columns = [
    'c.principal',
    'c.method',
    'c.zone_key',
    'c.change_id',
    'c.reason',
    'c.rrs_before',
    'c.rrs_after',
    'c.outcome',
  ] as const
  return {
    changes: statement(db, (p: Before) =>
      db
        .selectFrom('changes as c')
        .select(['c.number', 'c.committed_at as at', ...columns])
        .where('c.number', '<', p.before)
        .orderBy('c.number', 'desc')
        .limit(p.limit),
    ),
    // A zone's changes are found by its versions, which number them. Of a change over several zones each but the first has a line.
    changesOf: statement(db, (p: Before & { zone: number; zone_key: string }) =>
      db
        .selectFrom('versions as v')
        .innerJoin('changes as c', 'c.change_id', 'v.change_id')
        .select(['v.version as number', 'v.committed_at as at', ...columns])
        .where('v.zone', '=', p.zone)
        .where('v.version', '<', p.before)
        .where('c.zone_key', '=', p.zone_key)
        .orderBy('v.version', 'desc')
        .limit(p.limit),
    ),
    changeAt: statement(db, (p: { number: number }) =>
      db
        .selectFrom('changes')
        .select(['number', 'committed_at as at'])
        .where('number', '<=', p.number)
        .orderBy('number', 'desc')
        .limit(1),
    ),
    versionAt: statement(db, (p: { zone: number; number: number }) =>
      db
        .selectFrom('versions')
        .select(['version as number', 'committed_at as at'])
        .where('zone', '=', p.zone)
        .where('version', '<=', p.number)
        .orderBy('version', 'desc')
        .limit(1),
    ),
  }
}

type EdgeLineRow = Record<Exclude<(typeof edgeColumns)[number], 'at'>, string> & { readonly at: number }
const edgeColumns = ['at', 'principal', 'method', 'zone_key', 'reason', 'edge_id', 'state_before', 'state_after'] as const

function lineStatements(db: Db) {
  const lines = (p: BeforeLine) =>
    db
      .selectFrom('audit')
      .selectAll()
      .where((e) => e.or([e('at', '<', p.at), e.and([e('at', '=', p.at), e('number', '<', p.number)])]))
      .where('at', '<=', p.at)
      .orderBy('at', 'desc')
      .orderBy('number', 'desc')
      .limit(p.limit)
  const none = { change_id: '', rrs_before: 0, rrs_after: 0, generation: 0, version: 0 }
  return {
    addEdgeLine: statement(db, (p: EdgeLineRow) => db.insertInto('audit').values({ ...pick(p, edgeColumns), ...none })),
    lines: statement(db, (p: BeforeLine) => lines(p)),
    linesOf: statement(db, (p: BeforeLine & { zone_key: string }) => lines(p).where('zone_key', '=', p.zone_key)),
  }
}

function denialStatements(db: Db) {
  const denials = (p: Before) =>
    db.selectFrom('denials').selectAll().where('number', '<', p.before).orderBy('number', 'desc').limit(p.limit)
  return {
    denials: statement(db, (p: Before) => denials(p)),
    denialsOf: statement(db, (p: Before & { zone_key: string }) => denials(p).where('zone_key', '=', p.zone_key)),
    denialAt: statement(db, (p: { number: number }) =>
      db.selectFrom('denials').select(['number', 'at']).where('number', '<=', p.number).orderBy('number', 'desc').limit(1),
    ),
    addDenial: statement(db, (p: NewDenial) => db.insertInto('denials').values(pick(p, denialColumns)).returning('number')),
    dropDenials: statement(db, (p: { number: number }) => db.deleteFrom('denials').where('number', '<=', p.number)),
  }
}
