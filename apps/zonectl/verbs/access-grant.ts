/** `zonectl access grant` and `revoke`, and how grants are shown. */
import type { Grant } from '@zonecast/contract/generated/zonecast/access/v1/grant_pb'
import { randomUUID } from 'node:crypto'
import type { GrantFlags } from '../commands/access.ts'
import type { ReasonFlags } from '../commands/define.ts'
import { usageError } from '../failure.ts'
import { timeText } from '../output/json.ts'
import { table } from '../output/table.ts'
import type { Run } from '../run.ts'

export async function accessGrant(run: Run, [principal = '']: string[], flags: GrantFlags): Promise<void> {
  const asked = { principal, grant: grantOf(flags), requestId: randomUUID(), reason: flags.reason ?? '' }
  const { grant } = await (await run.api()).access.addGrant(asked)
  await print(run, grant!)
}

export async function accessRevoke(run: Run, [id = '']: string[], { reason = '' }: ReasonFlags): Promise<void> {
  const { grant } = await (await run.api()).access.removeGrant({ id, requestId: randomUUID(), reason })
  await print(run, grant!)
}

async function print(run: Run, grant: Grant): Promise<void> {
  const shown = grantJson(grant)
  await run.emit(shown, () => grantTable([shown]))
}

export function hasGrant({ role, permission, zones }: GrantFlags): boolean {
  return role !== undefined || permission !== undefined || zones !== undefined
}

/** What the flags ask for. */
export function grantOf({ role = '', permission = [], zones, names = '', type = [], apex }: GrantFlags) {
  if (role === '' && permission.length === 0)
    throw usageError('say what is granted: --role ROLE, or --permission NAME', ['roles: docs/operating/access.md'])
  if (zones === undefined) throw usageError("say where: --zones ZONE, or --zones '*' for every zone")
  const types = type.map((each) => each.toUpperCase())
  return { role, permissions: [...permission], zones, names, types, ...(apex !== undefined && { apex }) }
}

export const grantColumns = ['GRANT', 'GIVES', 'ZONES', 'NAMES', 'TYPES', 'APEX'].map((title) => ({ title }))

export function grantTable(grants: readonly ReturnType<typeof grantJson>[]): string {
  return table(grantColumns, grants.map(grantRow))
}

export function grantRow(grant: ReturnType<typeof grantJson>): string[] {
  const { id, role, permissions, zones, names, types, apex } = grant
  return [id, role || permissions.join(' '), zones, names, types.join(' ') || '*', apex ? 'yes' : 'no']
}

export function grantJson({ id, principal, spec, createdAt, createdBy }: Grant) {
  const { role = '', permissions = [], zones = '', names = '', types = [], apex = false } = spec ?? {}
  return { id, principal, role, permissions, zones, names, types, apex, createdAt: timeText(createdAt), createdBy }
}
