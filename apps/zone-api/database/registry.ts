/** Credentials of the bootstrap file, edges, and what became of a change. */
import type { Head } from '@zonecast/zone'
import { placementsOf } from './access/access-rows.ts'
import { accessStatements } from './access/access-statements.ts'
import type { AuditLog } from './audit-port.ts'
import { headOf } from './rows.ts'
import { decodeChange } from './outcome.ts'
import type { CredentialTable, EdgeTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'
import type { ZoneCache } from './zone-cache.ts'
import type { ChangeRecord, Credential, EdgeRecord, EdgeStateInput } from './zone-database.ts'

export class RegistryTables {
  readonly #db: Db
  readonly #cache: ZoneCache
  readonly #now: () => number
  readonly #audit: Pick<AuditLog, 'noteEdge'>
  readonly #rows: ReturnType<typeof statements>

  constructor(db: Db, cache: ZoneCache, now: () => number, audit: Pick<AuditLog, 'noteEdge'>) {
    this.#audit = audit
    this.#db = db
    this.#cache = cache
    this.#now = now
    this.#rows = statements(db)
  }

  /** An edge counts from the making of its first credential; one whose credential is gone is retired. */
  async bootstrapCredentials(credentials: readonly Credential[]): Promise<void> {
    await this.#db.deleteFrom('credentials').execute()
    for (const { sha256, principal, role, edgeId, placements } of credentials) {
      const common = { placements: JSON.stringify(placements), created_at: this.#now() }
      await this.#rows.addCredential({ sha256, principal, role, edge_id: edgeId, ...common })
    }
    await this.#rows.moveAccess({})
    const edges = new Map(credentials.filter(({ edgeId }) => edgeId !== '').map((credential) => [credential.edgeId, credential]))
    for (const [edgeId, { placements }] of edges) await this.expectEdge(edgeId, placements)
    const others = new Set((await this.#rows.edgePrincipals({})).map(({ name }) => name))
    for (const { edgeId, state } of await this.listEdges()) {
      if (!edges.has(edgeId) && !others.has(edgeId) && state !== 'retired') await this.retireEdge(edgeId)
    }
  }

  async expectEdge(edgeId: string, placements: readonly string[]): Promise<void> {
    await this.#rows.expectEdge({
      edge_id: edgeId,
      state: 'expected',
      placements: JSON.stringify(placements),
      after_change: await this.#newestChange(),
      until_change: null,
      created_at: this.#now(),
    })
  }

  async retireEdge(edgeId: string): Promise<void> {
    await this.#rows.retireEdge({ edge_id: edgeId, newest: await this.#newestChange() })
  }

  async listEdges(): Promise<EdgeRecord[]> {
    return (await this.#rows.edges({})).map(edgeOf)
  }

  async setEdgeState({ edgeId, state, principal, reason }: EdgeStateInput): Promise<EdgeRecord | undefined> {
    const known = (await this.#rows.edges({})).find(({ edge_id }) => edge_id === edgeId)
    if (!known) return undefined
    const before = known.state
    if (before === state) return edgeOf(known)
    const newest = await this.#newestChange()
    const isBack = state === 'expected'
    await this.#rows.setEdge({
      edge_id: edgeId,
      state,
      after_change: isBack ? newest : known.after_change,
      until_change: isBack ? null : (known.until_change ?? newest),
      set_by: isBack ? '' : principal,
    })
    await this.#audit.noteEdge({ principal, method: 'SetEdgeState', edgeId, zone: '', before, after: state, reason })
    return edgeOf({ ...known, state })
  }

  async getChange(changeId: string): Promise<ChangeRecord | undefined> {
    const [row] = await this.#rows.change({ change_id: changeId })
    if (!row) return undefined
    const { effects } = decodeChange(row.outcome)
    const heads: Head[] = []
    for (const { zone } of effects) {
      const found = await this.#cache.get(zone)
      if (found) heads.push(headOf(found.row))
    }
    const edges = (await this.#rows.edges({}))
      .filter(
        (edge) =>
          edge.state !== 'retired' &&
          edge.after_change < row.number &&
          (edge.until_change === null || row.number <= edge.until_change),
      )
      .map(edgeOf)
      .filter(({ placements }) => heads.length === 0 || heads.some(({ placement }) => placements.includes(placement)))
    return {
      changeId,
      effects,
      committedAtMs: Number(row.committed_at),
      principal: row.principal,
      reason: row.reason,
      expectedEdges: edges.map(({ edgeId }) => edgeId),
      edgePlacements: Object.fromEntries(edges.map(({ edgeId, placements }) => [edgeId, placements])),
      heads,
    }
  }

  async #newestChange(): Promise<number> {
    const [row] = await this.#rows.newestChange({})
    return Number(row?.number ?? 0)
  }
}

type EdgeRow = Pick<EdgeTable, 'edge_id' | 'state' | 'placements'>

function edgeOf({ edge_id: edgeId, state, placements }: EdgeRow): EdgeRecord {
  return { edgeId, state, placements: placementsOf(placements) }
}

const credentialColumns = ['sha256', 'principal', 'role', 'edge_id', 'placements', 'created_at'] as const
const edgeColumns = ['edge_id', 'state', 'placements', 'after_change', 'until_change', 'created_at'] as const

function statements(db: Db) {
  return {
    moveAccess: accessStatements(db).move,
    // Principals of the API, which the bootstrap file says nothing of.
    edgePrincipals: statement(db, () =>
      db.selectFrom('principals').select('name').where('kind', '=', 'edge').where('disabled', '=', 0),
    ),
    addCredential: statement(db, (p: CredentialTable) => db.insertInto('credentials').values(pick(p, credentialColumns))),
    edges: statement(db, () => db.selectFrom('edges').selectAll().orderBy('edge_id')),
    expectEdge: statement(db, (p: Omit<EdgeTable, 'set_by'>) =>
      db
        .insertInto('edges')
        .values(pick(p, edgeColumns))
        .onConflict((c) =>
          c.column('edge_id').doUpdateSet((e) => ({
            placements: e.ref('excluded.placements'),
            // One that comes back is expected to answer what is changed from now on.
            after_change: e
              .case()
              .when(e.and([e('edges.state', '=', 'retired'), e('edges.set_by', '=', '')]))
              .then(e.ref('excluded.after_change'))
              .else(e.ref('edges.after_change'))
              .end(),
            // What a person has said of it stays said.
            until_change: e.case().when('edges.set_by', '=', '').then(null).else(e.ref('edges.until_change')).end(),
            state: e
              .case()
              .when('edges.set_by', '=', '')
              .then('expected' as const)
              .else(e.ref('edges.state'))
              .end(),
          })),
        ),
    ),
    retireEdge: statement(db, (p: { edge_id: string; newest: number }) =>
      db.updateTable('edges').set({ state: 'retired', until_change: p.newest }).where('edge_id', '=', p.edge_id),
    ),
    setEdge: statement(db, (p: Pick<EdgeTable, 'edge_id' | 'state' | 'after_change' | 'until_change'> & { set_by: string }) =>
      db
        .updateTable('edges')
        .set(pick(p, ['state', 'after_change', 'until_change', 'set_by']))
        .where('edge_id', '=', p.edge_id),
    ),
    change: statement(db, (p: { change_id: string }) =>
      db.selectFrom('changes').selectAll().where('change_id', '=', p.change_id),
    ),
    newestChange: statement(db, () => db.selectFrom('changes').select((e) => e.fn.max('number').as('number'))),
  }
}
