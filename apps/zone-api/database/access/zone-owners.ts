/** Who owns which zone. */
import type { Db } from '../statement.ts'
import { type AccessStatements, accessStatements } from './access-statements.ts'

export class ZoneOwners {
  readonly #rows: AccessStatements

  constructor(db: Db) {
    this.#rows = accessStatements(db)
  }

  /** In the transaction that is open; what a zone of that name had before is gone. */
  async set(zone: string, owners: readonly string[]): Promise<void> {
    await this.#rows.dropOwners({ zone_key: zone })
    for (const principal of owners) await this.#rows.addOwner({ zone_key: zone, principal })
  }

  /** Those of a zone that is just made. Nobody who may do what is told of it where it had none and has none. */
  async begin(zone: string, owners: readonly string[]): Promise<void> {
    if (owners.length === 0 && (await this.#rows.owners({ zone_key: zone })).length === 0) return
    await this.#rows.move({})
    await this.set(zone, owners)
  }
}
