/** What a purge writes. */
import type { ChangeLineRow } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'

/** Rows of the index of names that one slice deletes. */
const sliceNames = 1000

type Line = ChangeLineRow
const lineColumns = 'at principal method zone_key change_id reason rrs_before rrs_after generation version'.split(
  ' ',
) as (keyof Line)[]
const empty = new Uint8Array()

export function purgeStatements(db: Db) {
  return { ...versionStatements(db), ...lineStatements(db) }
}

function versionStatements(db: Db) {
  return {
    // Empty instead of null says that there was a step once.
    forgetStep: statement(db, (p: { zone: number; version: number }) =>
      db
        .updateTable('versions')
        .set({ step: 'none', removed: empty, added: empty, delta_content: null, replaced_content: null })
        .where('zone', '=', p.zone)
        .where('version', '=', p.version),
    ),
    forgetSoa: statement(db, (p: { zone: number; version: number }) =>
      db.updateTable('versions').set({ soa: empty }).where('zone', '=', p.zone).where('version', '=', p.version),
    ),
    dropName: statement(db, (p: { zone: number; owner: Uint8Array }) =>
      db
        .deleteFrom('change_names')
        .where('zone', '=', p.zone)
        .where('owner', '=', p.owner)
        .where('version', 'in', (e) =>
          e
            .selectFrom('change_names')
            .select('version')
            .where('zone', '=', p.zone)
            .where('owner', '=', p.owner)
            .limit(sliceNames),
        )
        .returning('version'),
    ),
    dropNames: statement(db, (p: { zone: number }) =>
      db
        .deleteFrom('change_names')
        .where('zone', '=', p.zone)
        .where('owner', 'in', (e) =>
          e.selectFrom('change_names').select('owner').where('zone', '=', p.zone).orderBy('owner').limit(sliceNames),
        )
        .returning('version'),
    ),
  }
}

function lineStatements(db: Db) {
  return {
    forgetReason: statement(db, (p: { change_id: string; outcome: Uint8Array }) =>
      db.updateTable('changes').set({ reason: '', outcome: p.outcome }).where('change_id', '=', p.change_id),
    ),
    blankLines: statement(db, (p: { zone_key: string }) =>
      db
        .updateTable('audit')
        .set({ reason: '' })
        .where('zone_key', '=', p.zone_key)
        .where('reason', '<>', '')
        .where('method', '<>', 'PurgeHistory')
        .returning('number'),
    ),
    blankLinesAbout: statement(db, (p: { zone_key: string; pattern: string }) =>
      db
        .updateTable('audit')
        .set({ reason: '' })
        .where('zone_key', '=', p.zone_key)
        .where((e) => e(e.fn<string>('lower', ['reason']), 'like', e.val(p.pattern)))
        .returning('number'),
    ),
    note: statement(db, (p: Line) => db.insertInto('audit').values(pick(p, lineColumns))),
  }
}
