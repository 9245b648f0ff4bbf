/** `zonectl access quota`: what a principal may take, and what it uses. */
import type { Quotas } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import type { ReasonFlags } from '../commands/define.ts'
import type { QuotaFlags } from '../commands/quota.ts'
import { usageError } from '../failure.ts'
import { fields } from '../output/table.ts'
import type { Run } from '../run.ts'

export async function quotaShow(run: Run, [principal = '']: string[]): Promise<void> {
  const api = await run.api()
  const { own, defaults, zones } = await api.quotas.getQuotas({ principal })
  const shown = { principal, own: own ? quotasJson(own) : null, defaults: defaults ? quotasJson(defaults) : {}, zones }
  await run.emit(shown, () =>
    fields({ principal, ...quotasTexts(own ?? defaults), from: own ? 'its own' : 'the defaults', 'zones made': String(zones) }),
  )
}

const nothingNamed =
  'say which: --zones, --rrsets or --changes-per-minute; "zonectl access quota clear" puts the defaults in force'

export async function quotaSet(run: Run, [principal = '']: string[], flags: QuotaFlags): Promise<void> {
  const { zones, rrsets: rrsetsPerZone, changesPerMinute, burst, reason = '' } = flags
  if (burst !== undefined && changesPerMinute === undefined) throw usageError('--burst goes with --changes-per-minute')
  const quotas = {
    ...(zones !== undefined && { zones }),
    ...(rrsetsPerZone !== undefined && { rrsetsPerZone }),
    ...(changesPerMinute !== undefined && { changesPerMinute }),
    ...(burst !== undefined && { burst }),
  }
  // Without any bound they would lift the defaults of the server.
  if (Object.keys(quotas).length === 0) throw usageError(nothingNamed)
  const api = await run.api()
  const { own } = await api.quotas.setQuotas({ principal, quotas, reason })
  await run.emit({ principal, own: own ? quotasJson(own) : null }, () => fields({ principal, ...quotasTexts(own) }))
}

export async function quotaClear(run: Run, [principal = '']: string[], { reason = '' }: ReasonFlags): Promise<void> {
  const api = await run.api()
  await api.quotas.setQuotas({ principal, reason })
  await run.emit({ principal, own: null }, () => fields({ principal, quotas: 'the defaults' }))
}

export function quotasJson({ zones, rrsetsPerZone, changesPerMinute, burst }: Quotas) {
  return { zones, rrsetsPerZone, changesPerMinute, burst }
}

export function quotasTexts(quotas: Quotas | undefined): Record<string, string> {
  const text = (amount: number | undefined) => (amount === undefined ? 'not bounded' : String(amount))
  return {
    zones: text(quotas?.zones),
    'RRsets a zone': text(quotas?.rrsetsPerZone),
    'changes a minute': text(quotas?.changesPerMinute),
    ...(quotas?.burst !== undefined && { 'at once': text(quotas.burst) }),
  }
}
