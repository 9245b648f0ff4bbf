/** QuotaService: what each principal may take. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  GetQuotasResponseSchema,
  type Quotas,
  type QuotaService,
  QuotasSchema,
  SetQuotasResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import type { QuotaLimits, ZoneDatabase } from '../database/zone-database.ts'
import type { QuotaState } from '../database/quotas/quota-port.ts'
import { knownIdentity } from './access-principals.ts'
import { callerOf } from './write-context.ts'

interface Ports {
  readonly database: ZoneDatabase
  readonly defaults: QuotaLimits
}

export function quotaService({ database, defaults }: Ports): ServiceImpl<typeof QuotaService> {
  return {
    async getQuotas({ principal }) {
      const { own, zones } = await stateOf(database, principal)
      return create(GetQuotasResponseSchema, { ...ownOf(own), defaults: quotasToMessage(defaults), zones })
    },
    async setQuotas({ principal, quotas, reason }, context) {
      const limits = quotas && fromMessage(quotas)
      await (limits ? knownIdentity(database, principal) : stateOf(database, principal))
      const write = { ...callerOf({ requestId: '', reason }, context), bodyHash: new Uint8Array() }
      await database.setQuotas({ ...write, of: principal, limits })
      return create(SetQuotasResponseSchema, ownOf(limits))
    },
  }
}

/** Of a principal that there is. What is left of one that is gone from the bootstrap file may be seen and cleared. */
async function stateOf(database: ZoneDatabase, principal: string): Promise<QuotaState> {
  const state = await database.quotasOf(principal)
  if (!state.own) await knownIdentity(database, principal)
  return state
}

function ownOf(own: QuotaLimits | undefined): { own?: Quotas } {
  return own ? { own: quotasToMessage(own) } : {}
}

export function quotasToMessage(limits: QuotaLimits): Quotas {
  return create(QuotasSchema, limits)
}

function fromMessage({ zones, rrsetsPerZone, changesPerMinute, burst }: Quotas): QuotaLimits {
  return {
    ...(zones !== undefined && { zones }),
    ...(rrsetsPerZone !== undefined && { rrsetsPerZone }),
    ...(changesPerMinute !== undefined && { changesPerMinute }),
    ...(burst !== undefined && { burst }),
  }
}
