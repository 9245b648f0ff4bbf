/** Who owns which zone. */
import type { Violation } from '@zonecast/dns'
import { Refused } from '../refused.ts'
import type { Db } from '../statement.ts'
import { isProgram, kindOfBootstrap } from './access-rows.ts'
import { type AccessStatements, accessStatements } from './access-statements.ts'

export class ZoneOwners {
  readonly #rows: AccessStatements

  constructor(db: Db) {
    this.#rows = accessStatements(db)
  }

  /** In the transaction that is open; what a zone of that name had before is gone. Gives them sorted, each once. */
  async set(zone: string, named: readonly string[]): Promise<string[]> {
    await this.#demandOwners(named)
    const owners = [...new Set(named)].toSorted()
    await this.#rows.dropOwners({ zone_key: zone })
    for (const principal of owners) await this.#rows.addOwner({ zone_key: zone, principal })
    return owners
  }

  /** Those of a zone that is just made. Nobody who may do what is told of it where it had none and has none. */
  async begin(zone: string, owners: readonly string[]): Promise<void> {
    if (owners.length === 0 && (await this.#rows.owners({ zone_key: zone })).length === 0) return
    await this.#rows.move({})
    await this.set(zone, owners)
  }

  /** Refuses names of nobody, and of programs that carry zones. */
  async #demandOwners(named: readonly string[]): Promise<void> {
    const bootstraps = new Map((await this.#rows.bootstraps({})).map((row) => [row.principal, kindOfBootstrap(row)]))
    const violations: Violation[] = []
    for (const [i, name] of named.entries()) {
      const kind = (await this.#rows.principal({ name }))[0]?.kind ?? bootstraps.get(name)
      if (!kind) throw new Refused({ kind: 'not-found', type: 'principal', name })
      if (!isProgram(kind)) continue
      const message = `${name} is of the kind ${kind}; a zone is owned by principals of the kinds person and service alone`
      violations.push({ field: `owners[${i}]`, subject: name, reason: 'GRANT_INVALID', message })
    }
    if (violations.length > 0) throw new Refused({ kind: 'invalid', violations })
  }
}
