/** What changes did beside RRs, before and after: the audit log shows it. */
import type { ChangeDetail } from './audit-port.ts'
import type { ChangeDetailTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'

type NewDetail = Omit<ChangeDetailTable, 'number'>

const none = new Uint8Array()
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

  /** The first of them, as many as the audit log shows of one change. */
  of(changeId: string): Promise<ChangeDetail[]> {
    return this.#rows.of({ change_id: changeId })
  }
}

/** Details of one change that the audit log shows: a hundred such changes fit a message. */
export const shownDetails = 20

const columns = 'change_id at subject before after zone owner type version'.split(' ') as (keyof NewDetail)[]

function statements(db: Db) {
  return {
    add: statement(db, (p: NewDetail) => db.insertInto('change_details').values(pick(p, columns))),
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
