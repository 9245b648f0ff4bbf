/** Tidying in small slices: dropped contents, history past its time, request ids that have expired. */
import { foldName, ownerEnd } from '@zonecast/dns'
import { unpackRRs } from '@zonecast/zone'
import type { Contents } from './contents.ts'
import { type Db, statement } from './statement.ts'

/** History that is kept: whatever is within one of these bounds. */
export interface Retention {
  readonly versions: number
  readonly ms: number
}

export const defaultRetention: Retention = { versions: 1000, ms: 7 * 24 * 3_600_000 }

/** Rows that one slice deletes. */
const sliceRows = 100

export class Maintenance {
  readonly #contents: Contents
  readonly #rows: ReturnType<typeof statements>
  readonly #now: () => number
  readonly #retention: Retention

  constructor(db: Db, contents: Contents, now: () => number, retention = defaultRetention) {
    this.#contents = contents
    this.#rows = statements(db)
    this.#now = now
    this.#retention = retention
  }

  /** True when there is more to do. */
  async slice(): Promise<boolean> {
    if (await this.#contents.dropSlice()) return true
    if ((await this.#rows.dropRequestIds({ now: this.#now() })).length === sliceRows) return true
    return this.#pruneVersions()
  }

  async #pruneVersions(): Promise<boolean> {
    const { versions, ms } = this.#retention
    const old = await this.#rows.oldVersions({ keep: versions, before: this.#now() - ms })
    for (const { zone, version, removed, added, delta_content: pieces, replaced_content: replaced } of old) {
      if (pieces !== null && (await this.#contents.dropDeltaSlice(pieces))) return true
      if (replaced !== null) await this.#contents.setState(replaced, 'dropped')
      for (const owner of ownersIn(removed, added)) await this.#rows.dropName({ zone, owner, version })
      await this.#rows.dropVersion({ zone, version })
    }
    return old.length > 0
  }
}

/** The folded owner names of packed RRs. */
function ownersIn(...packed: (Uint8Array | null)[]): Uint8Array[] {
  const owners = new Map<string, Uint8Array>()
  for (const rrs of packed) {
    for (const stored of rrs ? unpackRRs(rrs) : []) {
      const owner = foldName(stored.subarray(0, ownerEnd(stored, 0)))
      owners.set(String.fromCharCode(...owner), owner)
    }
  }
  return [...owners.values()]
}

function statements(db: Db) {
  return {
    dropRequestIds: statement(db, (p: { now: number }) =>
      db
        .deleteFrom('request_ids')
        .where('expires_at', 'in', (e) =>
          e
            .selectFrom('request_ids')
            .select('expires_at')
            .where('expires_at', '<=', p.now)
            .orderBy('expires_at')
            .limit(sliceRows),
        )
        .returning('expires_at'),
    ),
    oldVersions: statement(db, (p: { keep: number; before: number }) =>
      db
        .selectFrom('versions')
        .innerJoin('zones', 'zones.number', 'versions.zone')
        .select(['versions.zone', 'versions.version', 'versions.removed', 'versions.added'])
        .select(['versions.delta_content', 'versions.replaced_content'])
        .where('versions.committed_at', '<', p.before)
        .where((e) => e('versions.version', '<=', e('zones.version', '-', p.keep)))
        .limit(sliceRows),
    ),
    dropName: statement(db, (p: { zone: number; owner: Uint8Array; version: number }) =>
      db.deleteFrom('change_names').where('zone', '=', p.zone).where('owner', '=', p.owner).where('version', '=', p.version),
    ),
    dropVersion: statement(db, (p: { zone: number; version: number }) =>
      db.deleteFrom('versions').where('zone', '=', p.zone).where('version', '=', p.version),
    ),
  }
}
