/** Forgetting: names and values of old versions go, that there were versions stays. */
import { compareBytes, foldName, formatName, type Name, ownerEnd } from '@zonecast/dns'
import { find, ownerKey, pageCount, rrAt, type Space } from '@zonecast/zone'
import type { EngineParts } from './engine-parts.ts'
import type { Purged, PurgeQuery } from './history-port.ts'
import { type HistoryStatements, historyStatements, type ListedRow } from './history-statements.ts'
import { decodeChange, encodeChange } from './outcome.ts'
import { purgeStatements } from './purge-statements.ts'
import { touches } from './read-history.ts'
import { Refused } from './refused.ts'
import { wholeZone } from './whole-zone.ts'
import type { ZoneRow } from './zone-cache.ts'

/** Versions that one slice looks at. */
const sliceVersions = 100
const nothing = { versions: 0, contents: 0, auditLines: 0 }

export class HistoryPurge {
  readonly #parts: EngineParts
  readonly #history: HistoryStatements
  readonly #rows: ReturnType<typeof purgeStatements>

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#history = historyStatements(parts.db)
    this.#rows = purgeStatements(parts.db)
  }

  /** One slice. The purge is noted with the first, so that one that breaks off is known, too. */
  async slice(query: PurgeQuery): Promise<Purged> {
    const { zone, owner, before } = query
    const row = (await this.#parts.cache.get(zone))?.row
    if (!row) throw new Refused({ kind: 'not-found', type: 'zone', name: zone })
    const noted = before === undefined ? await this.#begin(row, query) : 0
    if (before === undefined) await this.#parts.details.purge(row.sort_key, owner)
    const at = { zone: row.number, before: before === undefined ? Number.MAX_SAFE_INTEGER : Number(before), limit: sliceVersions }
    const rows = owner ? await this.#ofName(at, owner) : await this.#history.versions(at)
    let purged = { ...nothing, auditLines: noted }
    for (const each of rows) {
      const isMeant = owner === undefined || (await this.#holds(row.number, each, owner))
      if (isMeant) purged = sum(purged, await this.#forget(row, each, owner))
    }
    const last = rows.at(-1)
    if (last && rows.length === sliceVersions) return { ...purged, next: BigInt(last.version) }
    // A name's index is needed until here.
    if (await this.#dropNames(row.number, owner)) return { ...purged, next: 1n }
    return purged
  }

  /** Notes the purge, and takes the reasons out of what the audit log keeps of versions long gone. */
  async #begin(row: ZoneRow, { owner, principal, reason }: PurgeQuery): Promise<number> {
    const name = owner && formatName(owner as Name).slice(0, -1)
    const lines = name
      ? await this.#rows.blankLinesAbout({ zone_key: row.zone_key, pattern: `%${name.replaceAll(/[\\%_]/g, '\\$&')}%` })
      : await this.#rows.blankLines({ zone_key: row.zone_key })
    const counts = { rrs_before: row.rr_count, rrs_after: row.rr_count }
    const at = { at: this.#parts.now(), principal, method: 'PurgeHistory', zone_key: row.zone_key }
    await this.#rows.note({ ...at, change_id: '', reason, ...counts, generation: 0, version: 0 })
    return lines.length
  }

  /** Versions in the index of names, and all that are too large for it. */
  async #ofName(at: { zone: number; before: number; limit: number }, owner: Uint8Array): Promise<ListedRow[]> {
    const rows = [...(await this.#history.named({ ...at, owner })), ...(await this.#history.named({ ...at, owner: wholeZone }))]
    return rows.toSorted((a, b) => b.version - a.version).slice(0, at.limit)
  }

  async #holds(zone: number, { version }: ListedRow, owner: Uint8Array): Promise<boolean> {
    const [row] = await this.#history.next({ zone, version })
    if (row?.step !== 'none') return touches(this.#history, zone, version, owner)
    return row.replaced_content !== null && this.#contentHolds(row.replaced_content, owner)
  }

  async #contentHolds(content: number, owner: Uint8Array): Promise<boolean> {
    for (const space of [0, 1] as Space[]) {
      const key = ownerKey(space, owner as Name)
      const [floor] = await this.#history.floor({ content, key })
      const [after] = await this.#history.after({ content, key })
      for (const [page, from] of [
        [floor?.content, floor && find(floor.content, key)],
        [after?.content, 0],
      ] as const) {
        if (page && from! < pageCount(page) && isAt(rrAt(page, from!), owner)) return true
      }
    }
    return false
  }

  /** Takes out of a version what it holds of names and values. */
  async #forget(zone: ZoneRow, { version, change_id: changeId, outcome }: ListedRow, owner?: Uint8Array): Promise<Purged> {
    const key = { zone: zone.number, version }
    const [row] = await this.#history.next(key)
    if (row?.delta_content) while (await this.#parts.contents.dropDeltaSlice(row.delta_content));
    if (row?.replaced_content) await this.#parts.contents.setState(row.replaced_content, 'dropped')
    const hasStep = row?.step !== 'none' || row.replaced_content !== null
    if (hasStep) await this.#rows.forgetStep(key)
    const isApex = owner === undefined || compareBytes(owner, foldName(zone.apex)) === 0
    if (isApex && version < zone.version) await this.#rows.forgetSoa(key)
    if (outcome === null) return { ...nothing, versions: Number(hasStep), contents: Number(row?.replaced_content !== null) }
    const known = decodeChange(outcome)
    await this.#rows.forgetReason({ change_id: changeId, outcome: encodeChange({ ...known, warnings: [] }) })
    return { versions: Number(hasStep), contents: Number(row?.replaced_content !== null), auditLines: 1 }
  }

  /** True when there are more. */
  async #dropNames(zone: number, owner: Uint8Array | undefined): Promise<boolean> {
    const dropped = owner ? await this.#rows.dropName({ zone, owner }) : await this.#rows.dropNames({ zone })
    return dropped.length > 0
  }
}

function isAt(stored: Uint8Array, owner: Uint8Array): boolean {
  return compareBytes(foldName(stored.subarray(0, ownerEnd(stored, 0))), owner) === 0
}

function sum(a: Purged, b: Purged) {
  return { versions: a.versions + b.versions, contents: a.contents + b.contents, auditLines: a.auditLines + b.auditLines }
}
