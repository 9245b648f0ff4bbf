/** The queries about access. */
import type { GrantTable, PrincipalCredentialTable, PrincipalTable } from '../schema.ts'
import { type Db, pick, slotsOf, statement } from '../statement.ts'

export type AccessStatements = ReturnType<typeof accessStatements>

export function accessStatements(db: Db) {
  return { ...principalStatements(db), ...grantStatements(db), ...credentialStatements(db), ...ownerStatements(db) }
}

interface Named {
  readonly name: string
}
interface Page {
  readonly after: Uint8Array
  readonly limit: number
}

const principalColumns = 'name sort_key kind display disabled placements created_at created_by'.split(
  ' ',
) as (keyof PrincipalTable)[]

function principalStatements(db: Db) {
  return {
    revision: statement(db, () => db.selectFrom('access_state').select('revision')),
    // The row is held from here to the end of the transaction.
    move: statement(db, () =>
      db
        .updateTable('access_state')
        .set((e) => ({ revision: e('revision', '+', 1) }))
        .returning('revision'),
    ),
    principal: statement(db, (p: Named) => db.selectFrom('principals').selectAll().where('name', '=', p.name)),
    principals: statement(db, (p: Page) =>
      db.selectFrom('principals').selectAll().where('sort_key', '>', p.after).orderBy('sort_key').limit(p.limit),
    ),
    addPrincipal: statement(db, (p: PrincipalTable) =>
      db
        .insertInto('principals')
        .values(pick(p, principalColumns))
        .onConflict((c) => c.column('name').doNothing())
        .returning('name'),
    ),
    setPrincipal: statement(db, (p: Pick<PrincipalTable, 'name' | 'display' | 'disabled' | 'placements'>) =>
      db
        .updateTable('principals')
        .set(pick(p, ['display', 'disabled', 'placements']))
        .where('name', '=', p.name),
    ),
    dropPrincipal: statement(db, (p: Named) => db.deleteFrom('principals').where('name', '=', p.name)),
    bootstrap: statement(db, (p: { sha256: Uint8Array }) =>
      db.selectFrom('credentials').selectAll().where('sha256', '=', p.sha256),
    ),
    bootstraps: statement(db, () => db.selectFrom('credentials').selectAll()),
  }
}

const grantColumns = 'id principal role permissions zones names types apex created_at created_by'.split(
  ' ',
) as (keyof GrantTable)[]

function grantStatements(db: Db) {
  return {
    grantsOf: statement(db, (p: Named) => db.selectFrom('grants').selectAll().where('principal', '=', p.name).orderBy('id')),
    grant: statement(db, (p: { id: string }) => db.selectFrom('grants').selectAll().where('id', '=', p.id)),
    addGrant: statement(db, (p: GrantTable) => db.insertInto('grants').values(pick(p, grantColumns))),
    dropGrant: statement(db, (p: { id: string }) => db.deleteFrom('grants').where('id', '=', p.id)),
    dropGrantsOf: statement(db, (p: Named) => db.deleteFrom('grants').where('principal', '=', p.name)),
  }
}

const credentialColumns =
  'id principal kind sha256 phc fingerprint subject label created_at created_by expires_at last_used_at revoked_at'.split(
    ' ',
  ) as (keyof PrincipalCredentialTable)[]

function credentialStatements(db: Db) {
  const all = () => db.selectFrom('principal_credentials').selectAll()
  return {
    byHash: statement(db, (p: { sha256: Uint8Array }) => all().where('sha256', '=', p.sha256)),
    byFingerprint: statement(db, (p: { fingerprint: string }) => all().where('fingerprint', '=', p.fingerprint).orderBy('id')),
    bySubject: statement(db, (p: { subject: string }) => all().where('subject', '=', p.subject).orderBy('id')),
    credentialsOf: statement(db, (p: Named) => all().where('principal', '=', p.name).orderBy('id')),
    credential: statement(db, (p: { id: string }) => all().where('id', '=', p.id)),
    addCredential: statement(db, (p: PrincipalCredentialTable) =>
      db.insertInto('principal_credentials').values(pick(p, credentialColumns)),
    ),
    setEnd: statement(db, (p: { id: string; expires_at: number }) =>
      db
        .updateTable('principal_credentials')
        .set(pick(p, ['expires_at']))
        .where('id', '=', p.id),
    ),
    revoke: statement(db, (p: { id: string; revoked_at: number }) =>
      db
        .updateTable('principal_credentials')
        .set(pick(p, ['revoked_at']))
        .where('id', '=', p.id),
    ),
    used: statement(db, (p: { id: string; last_used_at: number }) =>
      db
        .updateTable('principal_credentials')
        .set(pick(p, ['last_used_at']))
        .where('id', '=', p.id)
        .where('last_used_at', '<', p.last_used_at),
    ),
    dropCredentialsOf: statement(db, (p: Named) => db.deleteFrom('principal_credentials').where('principal', '=', p.name)),
  }
}

function ownerStatements(db: Db) {
  return {
    owned: statement(db, (p: Named) => db.selectFrom('zone_owners').select('zone_key').where('principal', '=', p.name)),
    owners: statement(db, (p: { zone_key: string }) =>
      db.selectFrom('zone_owners').select(['zone_key', 'principal']).where('zone_key', '=', p.zone_key),
    ),
    ownersOfSome: statement(db, (p: readonly string[]) =>
      db.selectFrom('zone_owners').select(['zone_key', 'principal']).where('zone_key', 'in', slotsOf(p)),
    ),
    addOwner: statement(db, (p: { zone_key: string; principal: string }) =>
      db.insertInto('zone_owners').values(pick(p, ['zone_key', 'principal'])),
    ),
    dropOwners: statement(db, (p: { zone_key: string }) => db.deleteFrom('zone_owners').where('zone_key', '=', p.zone_key)),
    disown: statement(db, (p: Named) => db.deleteFrom('zone_owners').where('principal', '=', p.name)),
  }
}
