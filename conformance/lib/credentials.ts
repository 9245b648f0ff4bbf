/** Credentials of a system: token files as `zonectl up` makes them, and the hashes that the zone API is told. */
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes them into the folder; gives the tokens by principal. */
export function makeCredentials(folder: string, edges: readonly string[]): Record<string, string> {
  const principals = [
    { principal: 'administrator', role: 'administrator' },
    { principal: 'publisher', role: 'publisher' },
    ...edges.map((edge) => ({ principal: edge, role: 'edge', edgeId: edge, placements: ['default'] })),
  ]
  const tokens: Record<string, string> = {}
  const credentials = principals.map((principal) => {
    const token = `zc_${randomBytes(32).toString('base64url')}`
    tokens[principal.principal] = token
    writeFileSync(join(folder, `${principal.principal}.token`), `${token}\n`, { mode: 0o600 })
    return { ...principal, sha256: createHash('sha256').update(token).digest('hex') }
  })
  writeFileSync(join(folder, 'bootstrap.json'), JSON.stringify(credentials))
  return tokens
}
