/** `zonectl access principal create`, `update`, `list`, `show`, `disable`, `enable` and `delete`. */
import { type Account, PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { randomUUID } from 'node:crypto'
import { principalKinds, type PrincipalFlags } from '../commands/access.ts'
import type { ReasonFlags } from '../commands/define.ts'
import { usageError } from '../failure.ts'
import { timeText } from '../output/json.ts'
import { fields, table } from '../output/table.ts'
import { collect, pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'
import { grantJson, grantOf, grantTable, hasGrant } from './access-grant.ts'

const kinds = Object.fromEntries(
  principalKinds.map((kind) => [kind, PrincipalKind[kind.toUpperCase().replace('-', '_') as keyof typeof PrincipalKind]]),
)
const kindTexts = Object.fromEntries(Object.entries(kinds).map(([text, kind]) => [kind, text]))

export async function principalCreate(run: Run, [name = '']: string[], flags: PrincipalFlags): Promise<void> {
  const { kind = 'person', display = '', placement = [], reason = '' } = flags
  const grants = hasGrant(flags) ? [grantOf(flags)] : []
  const asked = { name, kind: kinds[kind]!, display, placements: [...placement], grants, requestId: randomUUID(), reason }
  const { account } = await (await run.api()).access.createPrincipal(asked)
  await print(run, account!)
}

/** What is not said stays as it is. */
export async function principalUpdate(run: Run, [name = '']: string[], flags: PrincipalFlags): Promise<void> {
  const { display, placement, reason = '' } = flags
  if (display === undefined && placement === undefined)
    throw usageError('say what to change: --display, or --placement for an edge')
  const placements = placement && { placements: [...placement] }
  const asked = {
    name,
    requestId: randomUUID(),
    reason,
    ...(display !== undefined && { display }),
    ...(placements && { placements }),
  }
  await print(run, (await (await run.api()).access.updatePrincipal(asked)).account!)
}

export async function principalList(run: Run): Promise<void> {
  const { access } = await run.api()
  const pages = pagesOf(
    (pageToken) => access.listPrincipals({ pageToken }),
    (page) => page.accounts,
  )
  const accounts = (await collect(pages)).map(accountJson)
  await run.emit({ principals: accounts }, () => {
    const columns = [{ title: 'PRINCIPAL' }, { title: 'KIND' }, { title: 'STATE' }, { title: 'GRANTS' }, { title: 'DISPLAY' }]
    return table(
      columns,
      accounts.map((each) => [each.name, each.kind, stateText(each), summary(each), each.display]),
    )
  })
}

export async function principalShow(run: Run, [name = '']: string[]): Promise<void> {
  await print(run, (await (await run.api()).access.getPrincipal({ name })).account!)
}

export async function principalSwitch(run: Run, [name = '']: string[], disabled: boolean, flags: ReasonFlags): Promise<void> {
  const asked = { name, disabled, requestId: randomUUID(), reason: flags.reason ?? '' }
  await print(run, (await (await run.api()).access.updatePrincipal(asked)).account!)
}

export async function principalDelete(run: Run, [name = '']: string[], { reason = '' }: ReasonFlags): Promise<void> {
  await run.confirm(`Delete ${name} with its grants and credentials?`)
  await (await run.api()).access.deletePrincipal({ name, requestId: randomUUID(), reason })
  await run.emit({ name, deleted: true }, () => fields({ principal: name, deleted: 'with its grants and credentials' }))
}

async function print(run: Run, account: Account): Promise<void> {
  const shown = accountJson(account)
  await run.emit(shown, () => {
    const head = fields({
      principal: shown.name,
      kind: shown.kind,
      display: shown.display || undefined,
      state: stateText(shown),
      placements: shown.placements.join(' ') || undefined,
      owns: ownsText(shown),
      created: shown.createdAt ?? undefined,
      by: shown.createdBy || undefined,
    })
    return shown.grants.length === 0 ? head : `${head}\n${grantTable(shown.grants)}`
  })
}

/** The first of them; undefined where there are none. */
export function ownsText({ ownedZones, ownedZoneCount }: Pick<Shown, 'ownedZones' | 'ownedZoneCount'>): string | undefined {
  return ownedZones.join(' ') + (ownedZoneCount > ownedZones.length ? ' …' : '') || undefined
}

type Shown = ReturnType<typeof accountJson>

function accountJson(account: Account) {
  const { name, display, disabled, bootstrap, placements, createdBy, ownedZones, ownedZoneCount } = account
  return {
    name,
    kind: kindTexts[account.kind] ?? 'unknown',
    display,
    disabled,
    bootstrap,
    placements,
    createdAt: timeText(account.createdAt),
    createdBy,
    grants: account.grants.map(grantJson),
    ownedZones,
    ownedZoneCount: Number(ownedZoneCount),
  }
}

function stateText({ disabled, bootstrap }: Shown): string {
  return disabled ? 'disabled' : bootstrap ? 'of the bootstrap file' : 'in force'
}

function summary({ grants, ownedZoneCount }: Shown): string {
  const given = grants.map(({ role, permissions, zones }) => `${role || permissions.join('+')} ${zones}`)
  return [...given, ...(ownedZoneCount > 0 ? [`owns ${ownedZoneCount}`] : [])].join(', ')
}
