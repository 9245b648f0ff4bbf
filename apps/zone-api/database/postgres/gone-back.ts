/** A PostgreSQL that lacks what was committed: a standby that lagged has taken over. */
import { Refused } from '../refused.ts'
import type { CommitFeed } from './commit-feed.ts'
import type { PostgresConnection } from './connection.ts'
import { lockClasses, wholes } from './locks.ts'
import { runsOf } from './session.ts'

/** What a database lacks of what was seen here, in words; undefined where it has all of it. */
export async function lackOf({ seen }: Pick<CommitFeed, 'seen'>, connection: PostgresConnection): Promise<string | undefined> {
  // What was seen was looked up first: others commit meanwhile.
  const { rows } = await connection.send('SELECT shard, position FROM shard_counters')
  const counters = rows as { readonly shard: number; readonly position: number }[]
  const positions = new Map(counters.map(({ shard, position }) => [shard, position]))
  const shard = seen.findIndex((position, at) => position > (positions.get(at) ?? 0))
  if (shard < 0) return undefined
  return `this zone API has seen ${seen[shard]} in shard ${shard}, the database is at ${positions.get(shard) ?? 0}`
}

/** Called before a lineage is adopted: no other zone API may know zones of the one that ends. */
export async function demandAlone(connection: PostgresConnection): Promise<void> {
  const lock = `SELECT pg_advisory_xact_lock(${lockClasses.whole}, ${wholes.lineage})`
  await connection.send(`SET LOCAL statement_timeout = 0; ${lock}`)
  const others = (await runsOf(connection)) - 1
  if (others <= 0) return
  const which = others === 1 ? 'another zone API is' : `${others} other zone APIs are`
  const message = `${which} at work on the database; stop all but this one, adopt, and start them again`
  const violations = [{ field: '', subject: 'database', reason: 'LINEAGE_REGRESSED', message }]
  throw new Refused({ kind: 'precondition', violations })
}
