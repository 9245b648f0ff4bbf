/** What edges have seen of zones that are not live here: where one is made, it comes after that. */
import { asSerial, isAfter } from '@zonecast/dns'
import type { SerialFloorTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'

export class SerialFloors {
  readonly #rows: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#rows = statements(db)
  }

  async of(zone: string): Promise<SerialFloorTable | undefined> {
    const [row] = await this.#rows.floor({ zone })
    return row
  }
}

/** Floors only rise. */
export async function raiseFloor(
  db: Db,
  seen: { readonly zone: string; readonly generation: bigint; readonly serial: number },
): Promise<void> {
  const before = await db.selectFrom('serial_floors').selectAll().where('zone_key', '=', seen.zone).executeTakeFirst()
  const isLater = !before || isAfter(asSerial(seen.serial), asSerial(before.serial))
  const floor = {
    zone_key: seen.zone,
    generation: Math.max(Number(seen.generation), before?.generation ?? 0),
    serial: isLater ? seen.serial : before.serial,
  }
  await db
    .insertInto('serial_floors')
    .values(pick(floor, ['zone_key', 'generation', 'serial']))
    .onConflict((c) => c.column('zone_key').doUpdateSet({ generation: floor.generation, serial: floor.serial }))
    .execute()
}

function statements(db: Db) {
  return {
    floor: statement(db, (p: { zone: string }) => db.selectFrom('serial_floors').selectAll().where('zone_key', '=', p.zone)),
  }
}
