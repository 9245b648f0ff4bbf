/** Queries over sealed secrets and TSIG keys. */
import type { SecretTable, TSIGKeyTable } from '../schema.ts'
import { type Db, pick, statement } from '../statement.ts'

const keyColumns = ['sort_key', 'name', 'algorithm', 'secret_octets', 'created_at', 'created_by'] as const
const secretColumns = ['kind', 'sort_key', 'name', 'seal_key', 'sealed'] as const

export type SecretStatements = ReturnType<typeof secretStatements>

export function secretStatements(db: Db) {
  const keys = () =>
    db
      .selectFrom('tsig_keys')
      .innerJoin('secrets', (join) => join.onRef('secrets.sort_key', '=', 'tsig_keys.sort_key').on('secrets.kind', '=', 'tsig'))
      .selectAll('tsig_keys')
      .select(['secrets.seal_key', 'secrets.sealed'])
  return {
    key: statement(db, (p: { sort_key: Uint8Array }) => keys().where('tsig_keys.sort_key', '=', p.sort_key)),
    keys: statement(db, (p: { after: Uint8Array; limit: number }) =>
      keys().where('tsig_keys.sort_key', '>', p.after).orderBy('tsig_keys.sort_key').limit(p.limit),
    ),
    countKeys: statement(db, () => db.selectFrom('tsig_keys').select((e) => e.fn.countAll().as('keys'))),
    addKey: statement(db, (p: TSIGKeyTable) =>
      db
        .insertInto('tsig_keys')
        .values(pick(p, keyColumns))
        .onConflict((c) => c.column('sort_key').doNothing())
        .returning('name'),
    ),
    dropKey: statement(db, (p: { sort_key: Uint8Array }) =>
      db.deleteFrom('tsig_keys').where('sort_key', '=', p.sort_key).returning('name'),
    ),
    addSecret: statement(db, (p: SecretTable) => db.insertInto('secrets').values(pick(p, secretColumns))),
    dropSecret: statement(db, (p: { kind: string; sort_key: Uint8Array }) =>
      db.deleteFrom('secrets').where('kind', '=', p.kind).where('sort_key', '=', p.sort_key),
    ),
    counts: statement(db, () =>
      db
        .selectFrom('secrets')
        .select(['seal_key', (e) => e.fn.countAll().as('secrets')])
        .groupBy('seal_key')
        .orderBy('seal_key'),
    ),
    notUnder: statement(db, (p: { seal_key: string; kind: string; after: Uint8Array; limit: number }) =>
      db
        .selectFrom('secrets')
        .select(['kind', 'name', 'sealed'])
        .where('seal_key', '<>', p.seal_key)
        .where((e) => e.or([e('kind', '>', p.kind), e.and([e('kind', '=', p.kind), e('sort_key', '>', p.after)])]))
        .orderBy('kind')
        .orderBy('sort_key')
        .limit(p.limit),
    ),
    // Somebody else may have been faster.
    reseal: statement(db, (p: SecretTable & { before: Uint8Array }) =>
      db
        .updateTable('secrets')
        .set(pick(p, ['seal_key', 'sealed']))
        .where('kind', '=', p.kind)
        .where('sort_key', '=', p.sort_key)
        .where('sealed', '=', p.before)
        .returning('name'),
    ),
  }
}
