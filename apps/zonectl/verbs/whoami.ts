/** `zonectl whoami`: who a credential belongs to, and what it may do where. */
import { fields } from '../output/table.ts'
import type { Run } from '../run.ts'
import { grantJson, grantTable } from './access-grant.ts'
import { ownsText } from './access-principal.ts'

export async function whoami(run: Run): Promise<void> {
  const api = await run.api()
  const { principal } = await api.access.whoAmI({})
  const { name = '', role = '', permissions = [], edgeId = '', placements = [], ownedZones = [] } = principal ?? {}
  const grants = (principal?.grants ?? []).map(grantJson)
  const ownedZoneCount = Number(principal?.ownedZoneCount ?? 0n)
  const shown = { name, role, permissions, grants, ownedZones, ownedZoneCount, ...(edgeId && { edgeId, placements }) }
  await run.emit(shown, () => {
    const who = { name, role, permissions: permissions.join(' '), edge: edgeId, placements: placements.join(' ') }
    const head = fields({ ...who, owns: ownsText(shown) })
    return grants.length === 0 ? head : `${head}\n${grantTable(grants)}`
  })
}
