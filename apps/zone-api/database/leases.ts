/** What one of several zone APIs does for all, by a lease that it renews. */
import { type RawBuilder, sql } from 'kysely'
import { type Db, execute } from './statement.ts'
import type { Lease, LeaseInput } from './zone-database.ts'

export class LeaseTable {
  readonly #db: Db
  readonly #nowMs: () => RawBuilder<number>

  /** `nowMs` is one clock for all that share the database. */
  constructor(db: Db, nowMs: () => RawBuilder<number>) {
    this.#db = db
    this.#nowMs = nowMs
  }

  /** Takes a lease that nobody holds any more, or keeps it; else says who holds it. */
  async hold({ name, holder, state, forMs }: LeaseInput): Promise<Lease> {
    const now = this.#nowMs()
    const query = this.#db
      .insertInto('leases')
      .values({ name, holder, state, until_ms: sql<number>`${now} + ${sql.lit(forMs)}` })
      .onConflict((c) =>
        c
          .column('name')
          .doUpdateSet((e) => ({
            holder: e.ref('excluded.holder'),
            state: e.ref('excluded.state'),
            until_ms: e.ref('excluded.until_ms'),
          }))
          .where((e) => e.or([e('leases.holder', '=', holder), e('leases.until_ms', '<=', now)])),
      )
      .returning(['holder', 'state'])
    const [ours] = await execute(this.#db, query.compile())
    if (ours) return ours
    const [others] = await execute(
      this.#db,
      this.#db.selectFrom('leases').select(['holder', 'state']).where('name', '=', name).compile(),
    )
    return others ?? { holder: '', state: '' }
  }

  /** Lets go of a lease, for whoever asks next. */
  async drop({ name, holder }: Pick<LeaseInput, 'name' | 'holder'>): Promise<void> {
    const query = this.#db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder)
    await execute(this.#db, query.compile())
  }
}
