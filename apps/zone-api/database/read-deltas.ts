/** What leads from one version of a zone to another: the change log, netted. */
import { compareBytes } from '@zonecast/dns'
import { compareStates, type Delta, emptyDelta, joinPieces, netDeltas, packRRs, rrsOf, type ZoneState } from '@zonecast/zone'
import { headerOf, headOf, stateOf } from './rows.ts'
import { type Db, statement } from './statement.ts'
import type { ZoneCache, ZoneRow } from './zone-cache.ts'
import type { BaseState, DeltaAnswer, DeltaQuery } from './zone-database.ts'

/** A zone up to this size goes whole where no delta leads to it. */
const wholeZoneOctets = 256 << 10
const smallestDeltaLimit = 1 << 20
/** More steps than this are not netted: the walk is the shorter way. */
const maxSteps = 4000

type Rows = ReturnType<typeof statements>

export class DeltaReader {
  readonly #cache: ZoneCache
  readonly #rows: Rows

  constructor(db: Db, cache: ZoneCache) {
    this.#cache = cache
    this.#rows = statements(db)
  }

  async deltaFrom({ zone, base, toVersion, maxOctets }: DeltaQuery): Promise<DeltaAnswer> {
    const row = (await this.#cache.get(zone))?.row
    if (!row) return { kind: 'unknown' }
    const head = headOf(row)
    // A tombstone says all there is to know.
    if (row.deleted || (base && isState(base, head.state))) return { kind: 'current', head }
    const same = toVersion === undefined ? sameContent(row, base) : undefined
    if (same) return { kind: 'delta', head, base: same, target: headerOf(row), delta: emptyDelta }
    const to = toVersion === undefined ? row.version : Number(toVersion)
    const limit = maxOctets ?? Math.max(row.content_octets / 2, smallestDeltaLimit)
    const steps = base && (await this.#steps(row, base, to, limit))
    if (steps) {
      const delta = steps.deltas.length === 1 ? steps.deltas[0]! : netDeltas(steps.deltas)
      return { kind: 'delta', head, base: steps.base, target: steps.target, delta }
    }
    if (row.content_octets > Math.min(maxOctets ?? wholeZoneOctets, wholeZoneOctets) || toVersion !== undefined) {
      return { kind: 'walk', head }
    }
    return { kind: 'delta', head, base: undefined, target: headerOf(row), delta: await this.#whole(row) }
  }

  /** The steps after `base`; undefined when the log does not lead from there, or says too much. */
  async #steps(row: ZoneRow, base: BaseState, to: number, limit: number) {
    const { generation, number: zone } = row
    if (base.deleted || base.generation !== BigInt(generation) || compareStates(base, stateOf(row)) >= 0) return undefined
    const from = Number(base.version)
    if (to <= from || to - from > maxSteps) return undefined
    const [known] = await this.#rows.version({ zone, version: from })
    if (!known || !isState(base, stateOf(known))) return undefined
    const [target] = await this.#rows.version({ zone, version: to })
    const sizes = await this.#rows.sizes({ zone, from, to })
    const inline = sizes.reduce((sum, { octets }) => sum + Number(octets ?? 0), 0)
    const isWhole = sizes.length === to - from && sizes.every(({ step, generation: of }) => step !== 'none' && of === generation)
    if (!target || !isWhole || inline > limit) return undefined
    const deltas: Delta[] = []
    let octets = 0
    for (const step of await this.#rows.steps({ zone, from, to })) {
      const delta =
        step.step === 'inline' ? { removed: step.removed!, added: step.added! } : await this.#pieces(step.delta_content!, limit)
      if (!delta) return undefined
      octets += delta.removed.length + delta.added.length
      if (octets > limit) return undefined
      deltas.push(delta)
    }
    return { base: stateOf(known), target: headerOf(target), deltas: deltas.length > 0 ? deltas : [emptyDelta] }
  }

  /** A step that is kept in pieces; undefined when it is larger than the limit. */
  async #pieces(content: number, limit: number): Promise<Delta | undefined> {
    const [size] = await this.#rows.pieceOctets({ content })
    if (Number(size?.octets ?? 0) > limit) return undefined
    return joinPieces(await this.#rows.pieces({ content }))
  }

  async #whole({ content }: ZoneRow): Promise<Delta> {
    const pages = await this.#rows.pages({ content })
    return { removed: new Uint8Array(), added: packRRs(pages.flatMap(({ page }) => rrsOf(page))) }
  }
}

/** What a holder has, where its content is that of the head and only the generation has moved: another lineage has begun. */
function sameContent({ generation, digest, serial }: ZoneRow, base: BaseState | undefined): ZoneState | undefined {
  if (!base || base.deleted || base.generation >= BigInt(generation)) return undefined
  if (base.digest === undefined || compareBytes(base.digest, digest) !== 0) return undefined
  return { generation: base.generation, version: base.version, serial, digest: base.digest, deleted: false }
}

function isState(base: BaseState, state: ZoneState): boolean {
  if (compareStates(base, state) !== 0 || (base.deleted ?? false) !== state.deleted) return false
  return base.digest === undefined || compareBytes(base.digest, state.digest) === 0
}

interface Span {
  readonly zone: number
  readonly from: number
  readonly to: number
}

function statements(db: Db) {
  return {
    version: statement(db, (p: { zone: number; version: number }) =>
      db
        .selectFrom('versions')
        .select(['generation', 'version', 'serial', 'digest', 'deleted', 'soa', 'settings', 'settings_version', 'placement'])
        .select(['rr_count', 'rrset_count', 'content_octets'])
        .where('zone', '=', p.zone)
        .where('version', '=', p.version),
    ),
    sizes: statement(db, (p: Span) =>
      db
        .selectFrom('versions')
        .select(['step', 'generation'])
        .select((e) => e(e.fn<number>('length', ['removed']), '+', e.fn<number>('length', ['added'])).as('octets'))
        .where('zone', '=', p.zone)
        .where('version', '>', p.from)
        .where('version', '<=', p.to),
    ),
    steps: statement(db, (p: Span) =>
      db
        .selectFrom('versions')
        .select(['step', 'removed', 'added', 'delta_content'])
        .where('zone', '=', p.zone)
        .where('version', '>', p.from)
        .where('version', '<=', p.to)
        .orderBy('version'),
    ),
    pieceOctets: statement(db, (p: { content: number }) =>
      db
        .selectFrom('delta_pieces')
        .select((e) => e.fn.sum(e(e.fn<number>('length', ['removed']), '+', e.fn<number>('length', ['added']))).as('octets'))
        .where('content', '=', p.content),
    ),
    pieces: statement(db, (p: { content: number }) =>
      db.selectFrom('delta_pieces').select(['removed', 'added']).where('content', '=', p.content).orderBy('piece'),
    ),
    pages: statement(db, (p: { content: number }) =>
      db.selectFrom('pages').select('page').where('content', '=', p.content).orderBy('key'),
    ),
  }
}
