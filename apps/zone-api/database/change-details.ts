/** What changes did beside RRs, before and after: the audit log shows it. */
import type { Name } from '@zonecast/dns'
import type { ChangeDetail } from './audit-port.ts'
import type { ChangeDetailTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'

type NewDetail = Omit<ChangeDetailTable, 'number'>

const none = new Uint8Array()
/** How the ids begin of changes of notes alone, which make no version. */
export const noteChange = 'note'

/** Where a detail that is no note stands. */
const nowhere = { zone: none, owner: none, type: 0, version: 0 }

export class ChangeDetails {
  readonly #rows: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#rows = statements(db)
  }

  async add(detail: Omit<NewDetail, keyof typeof nowhere> & Partial<NewDetail>): Promise<void> {
    await this.#rows.add({ ...nowhere, ...detail })
  }

  /** Of each RRset whose note was changed after a version and before another, what it was before the first such change. */
  async firstAfter(zone: Uint8Array, version: number, newest: number): Promise<{ owner: Name; type: number; before: string }[]> {
    const rows = await this.#rows.between({ zone, version, newest })
    const first = new Map<string, { owner: Name; type: number; before: string }>()
    for (const { owner, type, before } of rows) {
      const key = `${type} ${Buffer.from(owner).toString('latin1')}`
      if (!first.has(key)) first.set(key, { owner: owner as Name, type, before })
    }
    return [...first.values()]
  }

  /** Forgets what one change did. */
  async drop(changeId: string): Promise<void> {
    await this.#rows.drop({ change_id: changeId })
  }

  /** Forgets what was said of the RRsets of a zone, or of one owner name of it. */
  async purge(zone: Uint8Array, owner?: Uint8Array): Promise<void> {
    await (owner ? this.#rows.purgeOwner({ zone, owner }) : this.#rows.purgeZone({ zone }))
  }

  /** Forgets notes that were changed without a version, up to some time; true when there are more. */
  async dropOld(before: number): Promise<boolean> {
    return (await this.#rows.dropOld({ before })).length === sliceRows
  }

  /** The first of them, as many as the audit log shows of one change. */
  of(changeId: string): Promise<ChangeDetail[]> {
    return this.#rows.of({ change_id: changeId })
  }
}

/** Details of one change that the audit log shows: a hundred such changes fit a message. */
export const shownDetails = 20

/** Rows that one slice deletes. */
const sliceRows = 100
/** Changes of notes that a restore looks at. */
const mostLooked = 100_000

const columns = 'change_id at subject before after zone owner type version'.split(' ') as (keyof NewDetail)[]

function statements(db: Db) {
  return {
    add: statement(db, (p: NewDetail) => db.insertInto('change_details').values(pick(p, columns))),
    between: statement(db, (p: { zone: Uint8Array; version: number; newest: number }) =>
      db
        .selectFrom('change_details')
        .select(['owner', 'type', 'before'])
        .where('zone', '=', p.zone)
        .where('version', '>', p.version)
        .where('version', '<=', p.newest)
        .orderBy('version')
        .orderBy('number')
        .limit(mostLooked),
    ),
    drop: statement(db, (p: { change_id: string }) => db.deleteFrom('change_details').where('change_id', '=', p.change_id)),
    purgeZone: statement(db, (p: { zone: Uint8Array }) => db.deleteFrom('change_details').where('zone', '=', p.zone)),
    purgeOwner: statement(db, (p: { zone: Uint8Array; owner: Uint8Array }) =>
      db.deleteFrom('change_details').where('zone', '=', p.zone).where('owner', '=', p.owner),
    ),
    dropOld: statement(db, (p: { before: number }) =>
      db
        .deleteFrom('change_details')
        .where('number', 'in', (e) =>
          e
            .selectFrom('change_details')
            .select('number')
            .where('at', '<', p.before)
            .where('change_id', 'like', `${noteChange}%`)
            .orderBy('number')
            .limit(sliceRows),
        )
        .returning('number'),
    ),
    of: statement(db, (p: { change_id: string }) =>
      db
        .selectFrom('change_details')
        .select(['subject', 'before', 'after'])
        .where('change_id', '=', p.change_id)
        .orderBy('number')
        .limit(shownDetails),
    ),
  }
}
