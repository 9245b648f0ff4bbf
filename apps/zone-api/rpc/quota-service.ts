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
import { knownIdentity } from './access-principals.ts'
import { callerOf } from './write-context.ts'

interface Ports {
  readonly database: ZoneDatabase
  readonly defaults: QuotaLimits
}

export function quotaService({ database, defaults }: Ports): ServiceImpl<typeof QuotaService> {
  return {
    async getQuotas({ principal }) {
      const { own, zones } = await database.quotasOf(principal)
      return create(GetQuotasResponseSchema, { ...ownOf(own), defaults: quotasToMessage(defaults), zones })
    },
    async setQuotas({ principal, quotas, reason }, context) {
      const limits = quotas && fromMessage(quotas)
      // What is left of one that is gone may be cleared.
      if (limits) await knownIdentity(database, principal)
      const write = { ...callerOf({ requestId: '', reason }, context), bodyHash: new Uint8Array() }
      await database.setQuotas({ ...write, of: principal, limits })
      return create(SetQuotasResponseSchema, ownOf(limits))
    },
  }
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
