/** Somebody can always change who may do what. */
import { refusedFor } from './access-lines.ts'
import type { GrantInput } from './access-port.ts'
import { coversAll, grantOfRow, isInForce } from './access-rows.ts'
import type { AccessStatements } from './access-statements.ts'

const pageRows = 500

/** Refuses what would leave nobody with `access.write` and a credential in force, unless the bootstrap file has somebody. */
export async function demandAdministrator(rows: AccessStatements, now: number, what: string): Promise<void> {
  if ((await rows.bootstraps({})).some(({ role }) => role === 'administrator')) return
  let after = new Uint8Array()
  for (;;) {
    const page = await rows.principals({ after, limit: pageRows })
    for (const { name } of page) if (await isAdministrator(rows, now, name)) return
    if (page.length < pageRows) break
    after = page.at(-1)!.sort_key as typeof after
  }
  const message = `without ${what} nobody could change who may do what; give another principal the role administrator first`
  throw refusedFor({ field: 'name', subject: what, reason: 'LAST_ADMINISTRATOR', message })
}

export async function isAdministrator(rows: AccessStatements, now: number, name: string): Promise<boolean> {
  const [principal] = await rows.principal({ name })
  if (principal?.disabled !== 0) return false
  const grants = (await rows.grantsOf({ name })).map(grantOfRow)
  if (!grants.some(isWhole)) return false
  return (await rows.credentialsOf({ name })).some((row) => isInForce(row, now))
}

function isWhole(grant: GrantInput): boolean {
  return (grant.role === 'administrator' || grant.permissions.includes('access.write')) && coversAll(grant)
}
