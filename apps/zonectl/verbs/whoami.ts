/** `zonectl whoami`: who a credential belongs to, and what it may do where. */
import type { Quotas } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { fields } from '../output/table.ts'
import type { Run } from '../run.ts'
import { grantJson, grantTable } from './access-grant.ts'
import { ownsText } from './access-principal.ts'
import { quotasJson, quotasTexts } from './quota.ts'

export async function whoami(run: Run): Promise<void> {
  const api = await run.api()
  const { principal, quotas: limits, zonesMade, changesNow } = await api.access.whoAmI({})
  const { name = '', role = '', permissions = [], edgeId = '', placements = [], ownedZones = [] } = principal ?? {}
  const grants = (principal?.grants ?? []).map(grantJson)
  const ownedZoneCount = Number(principal?.ownedZoneCount ?? 0n)
  const quotas = limits ? { ...quotasJson(limits), zonesMade, ...(changesNow !== undefined && { changesNow }) } : null
  const shown = { name, role, permissions, grants, ownedZones, ownedZoneCount, quotas, ...(edgeId && { edgeId, placements }) }
  await run.emit(shown, () => {
    const who = { name, role, permissions: permissions.join(' '), edge: edgeId, placements: placements.join(' ') }
    const head = fields({ ...who, owns: ownsText(shown), ...(limits && usedTexts(limits, zonesMade, changesNow)) })
    if (grants.length > 0) return `${head}\n${grantTable(grants)}`
    return ownedZoneCount > 0 ? head : `${head}\nno grants: you may do nothing\n`
  })
}

/** What bounds it, with how much of it is used. */
function usedTexts(limits: Quotas, zonesMade: number, changesNow: number | undefined): Record<string, string> {
  const { zones, ...rest } = quotasTexts(limits)
  return {
    zones: `${zones}, ${zonesMade} made`,
    ...rest,
    ...(changesNow !== undefined && { 'changes now': String(changesNow) }),
  }
}
