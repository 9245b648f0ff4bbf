/** Lines of the audit log about what is no RR: what was before and after, and never a secret. */
import type { EngineParts } from './engine-parts.ts'
import { newId } from './ids.ts'
import type { ChangeLineRow } from './schema.ts'
import { type Db, pick, type Statement, statement } from './statement.ts'
import type { WriteContext } from './write-port.ts'

/** Something before and after. */
export interface Told {
  readonly subject: string
  readonly zone?: string
  readonly before?: Thing
  readonly after?: Thing
}

/** Kept as JSON, or as the text that it is. */
type Thing = object | string | undefined

export class ChangeLines {
  readonly #parts: Pick<EngineParts, 'details' | 'now'>
  readonly #prefix: string
  readonly #add: Statement<ChangeLineRow, unknown>

  /** Ids of the changes begin with the prefix. */
  constructor(parts: Pick<EngineParts, 'db' | 'details' | 'now'>, prefix: string) {
    this.#parts = parts
    this.#prefix = prefix
    this.#add = addLine(parts.db)
  }

  async add(
    method: string,
    { principal, reason }: Pick<WriteContext, 'principal' | 'reason'>,
    { subject, zone = '', before, after }: Told,
  ): Promise<void> {
    const at = this.#parts.now()
    const change_id = newId(this.#prefix, at)
    await this.#add({ at, principal, method, change_id, reason, zone_key: zone, ...nothing })
    await this.#parts.details.add({ change_id, at, subject, before: textOf(before), after: textOf(after) })
  }
}

/** No RR is touched. */
const nothing = { rrs_before: 0, rrs_after: 0, generation: 0, version: 0 }
const columns = 'at principal method zone_key change_id reason rrs_before rrs_after generation version'.split(
  ' ',
) as (keyof ChangeLineRow)[]

function addLine(db: Db) {
  return statement(db, (p: ChangeLineRow) => db.insertInto('audit').values(pick(p, columns)))
}

function textOf(thing: Thing = ''): string {
  return typeof thing === 'string' ? thing : JSON.stringify(thing)
}
