/** The guard of the zone API, over a database that holds one principal with a credential of each kind. */
import { createHash } from 'node:crypto'
import { systemClock } from '@zonecast/runtime'
import { hashPassword } from '@zonecast/zone-api/access/password-hash.ts'
import { PasswordChecks } from '@zonecast/zone-api/access/password-checks.ts'
import { Credentials } from '@zonecast/zone-api/rpc/credentials.ts'

export const token = `zc_${'A'.repeat(43)}`
export const username = 'bench'
export const password = 'a password of some length'

const made = { createdAtMs: 0, createdBy: '', isBootstrap: false }
const identity = {
  principal: { name: username, kind: 'service', display: '', disabled: false, edgeId: '', placements: [], ...made } as const,
  grants: [
    { id: 'g', principal: username, role: 'viewer', permissions: [], zones: '*', names: '*', types: [], apex: true, ...made },
  ],
  owned: [],
}
const found = { ...identity, credentialId: 'c', expiresAtMs: 0 }

export async function benchGuard(): Promise<Credentials> {
  const sha256 = createHash('sha256').update(token).digest()
  const phc = await hashPassword(password)
  return new Credentials({
    clock: systemClock,
    database: {
      findCredential: async (wanted) => (sha256.equals(wanted) ? found : undefined),
      findPasswords: async (name) =>
        name === username ? { identity, passwords: [{ credentialId: 'c', phc, expiresAtMs: 0 }] } : undefined,
      findCertificate: async () => found,
      findFault: async () => undefined,
    },
    watch: { onChange: () => () => {} },
    passwords: new PasswordChecks(),
    uses: { note: () => {} },
  })
}
