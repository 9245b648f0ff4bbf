/** Methods of AccessService that say why something is allowed, and to whom. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { allows, explain, PERMISSIONS, type Target } from '@zonecast/access'
import type { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import {
  type ExplainAccessRequest,
  type ExplainAccessResponse,
  ExplainAccessResponseSchema,
  ListWhoCanResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/grant_pb'
import { invalidRequest, type Principal, principalOf, requirePermission } from '@zonecast/rpc'
import { zoneKeyOf } from '@zonecast/dns'
import { creationAsks } from '../access/zone-access.ts'
import { principalFrom } from '../access/principal-from.ts'
import { grantToMessage } from './access-messages.ts'
import { knownIdentity, nameOfToken, nextToken } from './access-principals.ts'
import type { AccessPorts } from './access-service.ts'
import { ownerOf, typeOf } from './record-service.ts'
import { absoluteName } from './zone-messages.ts'

const defaultPageSize = 100
const mostMisses = 20

export function explainMethods({
  database,
}: AccessPorts): Pick<ServiceImpl<typeof AccessService>, 'explainAccess' | 'listWhoCan'> {
  return {
    async explainAccess(request, context) {
      const caller = principalOf(context)
      const name = request.principal || caller.name
      const target = targetOf(request)
      if (name === caller.name) return explainedFor(database, caller, request, target)
      requirePermission(context, 'access.read')
      const identity = await knownIdentity(database, name)
      const detail = identity.principal.disabled ? `${name} is disabled` : ''
      return explainedFor(database, principalFrom(identity), request, target, detail)
    },
    async listWhoCan(request) {
      const limit = request.pageSize || defaultPageSize
      const target = targetOf(request)
      const identities = await database.listIdentities({ after: nameOfToken(request.pageToken), limit })
      const grants = identities.flatMap((identity) => {
        const grant = identity.principal.disabled ? undefined : allows(principalFrom(identity), request.permission, target)
        return grant ? [grantToMessage(identity.principal.name, grant)] : []
      })
      return create(ListWhoCanResponseSchema, { grants, nextPageToken: nextToken(identities, limit) })
    },
  }
}

/** A zone that is to be made is asked about where it would lie. */
async function explainedFor(
  database: AccessPorts['database'],
  principal: Principal,
  request: ExplainAccessRequest,
  target: Target,
  detail = '',
): Promise<ExplainAccessResponse> {
  const { zone: apex, owner } = target
  if (request.permission !== 'zone.create' || !apex || owner) return explained(principal, request, target, detail)
  const { zone, other } = await creationAsks(database, principal, apex)
  const place = other && `${zoneKeyOf(apex)} would lie ${other.where} ${other.zone}, where ${principal.name} has no zone.create`
  return explained(principal, request, { zone }, detail || place)
}

function explained(
  principal: Principal,
  { permission }: ExplainAccessRequest,
  target: Target,
  detail = '',
): ExplainAccessResponse {
  const { grant, misses } = explain(principal, permission, target)
  return create(ExplainAccessResponseSchema, {
    allowed: grant !== undefined && detail === '',
    ...(grant && { grant: grantToMessage(principal.name, grant) }),
    nearMisses: misses.slice(0, mostMisses).map((miss) => ({
      grant: grantToMessage(principal.name, miss.grant),
      lacks: [...miss.lacks],
    })),
    detail,
  })
}

/** What a question is about. */
function targetOf({ permission, zone, name, type }: Pick<ExplainAccessRequest, 'permission' | 'zone' | 'name' | 'type'>): Target {
  if (!PERMISSIONS.includes(permission)) {
    const message = `there is no permission ${permission}; there are ${PERMISSIONS.join(', ')}`
    throw invalidRequest([{ field: 'permission', reason: 'GRANT_INVALID', subject: permission, message }])
  }
  if (zone === '') return {}
  const apex = absoluteName(zone, 'zone')
  return { zone: apex, ...(name && { owner: ownerOf(name, apex) }), ...(type && { type: typeOf(type) }) }
}
