/** How far events were put into logs apart from the zone API. */
import { shardCount } from '@zonecast/zone'
import type { RelayPositionTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'
import type { ShardPosition } from './zone-database.ts'

export class RelayPositions {
  readonly #rows: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#rows = statements(db)
  }

  async of(log: string): Promise<bigint[]> {
    const positions = Array.from({ length: shardCount }, () => 0n)
    for (const { shard, position } of await this.#rows.positions({ log })) positions[shard] = BigInt(position)
    return positions
  }

  async log(): Promise<string> {
    return (await this.#rows.fullest({}))[0]?.log ?? ''
  }

  async note(log: string, positions: readonly ShardPosition[]): Promise<void> {
    for (const { shard, position } of positions) await this.#rows.note({ log, shard, position: Number(position) })
  }
}

function statements(db: Db) {
  return {
    positions: statement(db, (p: { log: string }) => db.selectFrom('relay_positions').selectAll().where('log', '=', p.log)),
    fullest: statement(db, () =>
      db
        .selectFrom('relay_positions')
        .select('log')
        .groupBy('log')
        .orderBy((e) => e.fn.sum('position'), 'desc')
        .orderBy('log')
        .limit(1),
    ),
    // Several may relay: whoever is further is right.
    note: statement(db, (p: RelayPositionTable) =>
      db
        .insertInto('relay_positions')
        .values(pick(p, ['log', 'shard', 'position']))
        .onConflict((c) =>
          c
            .columns(['log', 'shard'])
            .doUpdateSet((e) => ({ position: e.ref('excluded.position') }))
            .whereRef('relay_positions.position', '<', 'excluded.position'),
        ),
    ),
  }
}
