/** Sets of pages: stages, live contents, and those that are on their way out. */
import type { Delta, PageRef } from '@zonecast/zone'
import { Refused } from './refused.ts'
import type { ContentTable } from './schema.ts'
import { type Db, statement } from './statement.ts'

type State = ContentTable['state']

/** Rows that one slice of tidying deletes: about 1 MiB of pages. */
const sliceRows = 64

export class Contents {
  readonly #statements: ReturnType<typeof statements>
  /** Stages that were to be dropped, and may not have been. */
  readonly #toDrop = new Set<number>()

  /** The run of the program that fills these stages. */
  readonly #run: number

  constructor(db: Db, run = 0) {
    this.#statements = statements(db)
    this.#run = run
  }

  /** A new, empty content. */
  async create(zone: string, state: State, began?: { generation: bigint; version: bigint }): Promise<number> {
    const [row] = await this.#statements.create({
      zone_key: zone,
      state,
      began_generation: began ? Number(began.generation) : null,
      began_version: began ? Number(began.version) : null,
      run: this.#run,
    })
    return row!.number
  }

  /** The stage of this number; refused when it is none. */
  async stage(number: number) {
    const [row] = await this.#statements.get({ number })
    if (row?.state !== 'stage' || row.run !== this.#run)
      throw new Refused({ kind: 'not-found', type: 'stage', name: String(number) })
    return row
  }

  async setState(number: number, state: State): Promise<void> {
    await this.#statements.setState({ number, state })
  }

  async putPages(content: number, pages: readonly PageRef[]): Promise<void> {
    for (const { key, content: page } of pages) await this.#statements.putPage({ content, key, page })
  }

  async putDelta(content: number, { removed, added }: Delta): Promise<void> {
    await this.#statements.putDelta({ content, removed, added })
  }

  /** Stages of an earlier run have lost whoever filled them. */
  async sweepStages(): Promise<void> {
    await this.#statements.sweep({})
  }

  /** Deletes some of what is dropped. True when there is more. */
  async dropSlice(): Promise<boolean> {
    const [row] = await this.#statements.dropped({})
    if (!row) return false
    const { number } = row
    if ((await this.#statements.dropPages({ number })).length > 0) return true
    // The step of a version goes when history lets go of it, which may be long after the content it led to.
    const isOfVersion = (await this.#statements.versionOf({ number })).length > 0
    if (!isOfVersion && (await this.dropDeltaSlice(number))) return true
    await this.#statements.forget({ number })
    return true
  }

  /** Drops a stage. */
  async drop(number: number): Promise<void> {
    // Noted first: where there is no room even for this, it is done later.
    this.#toDrop.add(number)
    await this.setState(number, 'dropped')
  }

  /** Does what `drop` could not; a stage is forgotten once it is seen to be dropped. */
  async dropAgain(): Promise<void> {
    for (const number of this.#toDrop) {
      const [content] = await this.#statements.get({ number })
      if (content?.state === 'stage') await this.setState(number, 'dropped')
      else this.#toDrop.delete(number)
    }
  }

  /** Deletes some pieces of a delta. True when there are more. */
  async dropDeltaSlice(number: number): Promise<boolean> {
    return (await this.#statements.dropDelta({ number })).length > 0
  }
}

function statements(db: Db) {
  return {
    create: statement(db, (p: Omit<ContentTable, 'number'>) =>
      db
        .insertInto('contents')
        .values({
          zone_key: p.zone_key,
          state: p.state,
          began_generation: p.began_generation,
          began_version: p.began_version,
          run: p.run,
        })
        .returning('number'),
    ),
    get: statement(db, (p: { number: number }) => db.selectFrom('contents').selectAll().where('number', '=', p.number)),
    setState: statement(db, (p: { number: number; state: State }) =>
      db.updateTable('contents').set({ state: p.state }).where('number', '=', p.number),
    ),
    putPage: statement(db, (p: { content: number; key: Uint8Array; page: Uint8Array }) =>
      db.insertInto('pages').values({ content: p.content, key: p.key, page: p.page }),
    ),
    putDelta: statement(db, (p: { content: number; removed: Uint8Array; added: Uint8Array }) =>
      db.insertInto('delta_pieces').values((e) => ({
        content: p.content,
        piece: e
          .selectFrom('delta_pieces')
          .select((s) => s.fn.coalesce(s(s.fn.max('piece'), '+', 1), s.lit(0)).as('next'))
          .where('content', '=', p.content),
        removed: p.removed,
        added: p.added,
      })),
    ),
    sweep: statement(db, () => db.updateTable('contents').set({ state: 'dropped' }).where('state', '=', 'stage')),
    dropped: statement(db, () => db.selectFrom('contents').select('number').where('state', '=', 'dropped').limit(1)),
    dropPages: statement(db, (p: { number: number }) =>
      db
        .deleteFrom('pages')
        .where('content', '=', p.number)
        .where('key', 'in', (e) =>
          e.selectFrom('pages').select('key').where('content', '=', p.number).orderBy('key').limit(sliceRows),
        )
        .returning('content'),
    ),
    versionOf: statement(db, (p: { number: number }) =>
      db.selectFrom('versions').select('version').where('delta_content', '=', p.number).limit(1),
    ),
    dropDelta: statement(db, (p: { number: number }) =>
      db
        .deleteFrom('delta_pieces')
        .where('content', '=', p.number)
        .where('piece', 'in', (e) =>
          e.selectFrom('delta_pieces').select('piece').where('content', '=', p.number).orderBy('piece').limit(4),
        )
        .returning('content'),
    ),
    forget: statement(db, (p: { number: number }) => db.deleteFrom('contents').where('number', '=', p.number)),
  }
}
