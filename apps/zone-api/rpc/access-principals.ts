/** Methods of AccessService about principals and their grants. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import type { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import {
  AddGrantRequestSchema,
  AddGrantResponseSchema,
  RemoveGrantRequestSchema,
  RemoveGrantResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/grant_pb'
import {
  CreatePrincipalRequestSchema,
  CreatePrincipalResponseSchema,
  DeletePrincipalRequestSchema,
  DeletePrincipalResponseSchema,
  GetPrincipalResponseSchema,
  ListPrincipalsResponseSchema,
  UpdatePrincipalRequestSchema,
  UpdatePrincipalResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { required } from '@zonecast/contract'
import { notFound } from '@zonecast/rpc'
import type { GrantInput, Identity, PrincipalKind } from '../database/access/access-port.ts'
import { isProgram, wholeRole } from '../database/access/access-rows.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { accountToMessage, grantFrom, kinds, recordToMessage } from './access-messages.ts'
import type { AccessPorts } from './access-service.ts'
import { strangeToken } from './page-token.ts'
import { writeContext } from './write-context.ts'

const defaultPageSize = 100

type Methods =
  | 'createPrincipal'
  | 'getPrincipal'
  | 'listPrincipals'
  | 'updatePrincipal'
  | 'deletePrincipal'
  | 'addGrant'
  | 'removeGrant'

export function principalMethods({ database, access }: AccessPorts): Pick<ServiceImpl<typeof AccessService>, Methods> {
  return {
    async createPrincipal(request, context) {
      const { name, display, placements } = request
      const kind = kinds[request.kind]!
      const grants = [...grantsOfKind(kind), ...request.grants.map((spec, index) => grantFrom(spec, `grants[${index}]`))]
      const write = writeContext(CreatePrincipalRequestSchema, request, context)
      await database.createPrincipal({ ...write, name, kind, display, placements, grants })
      access.changed()
      return create(CreatePrincipalResponseSchema, { account: accountToMessage(await knownIdentity(database, name)) })
    },
    async getPrincipal({ name }) {
      return create(GetPrincipalResponseSchema, { account: accountToMessage(await knownIdentity(database, name)) })
    },
    async listPrincipals({ pageSize, pageToken }) {
      const limit = pageSize || defaultPageSize
      const identities = await database.listIdentities({ after: nameOfToken(pageToken), limit })
      const nextPageToken = nextToken(identities, limit)
      return create(ListPrincipalsResponseSchema, { accounts: identities.map(accountToMessage), nextPageToken })
    },
    async updatePrincipal(request, context) {
      const { name, display, disabled, placements } = request
      const wanted = { ...(display !== undefined && { display }), ...(disabled !== undefined && { disabled }) }
      const listed = placements && { placements: placements.placements }
      const write = writeContext(UpdatePrincipalRequestSchema, request, context)
      await database.updatePrincipal({ ...write, name, ...wanted, ...listed })
      access.changed()
      return create(UpdatePrincipalResponseSchema, { account: accountToMessage(await knownIdentity(database, name)) })
    },
    async deletePrincipal(request, context) {
      await database.deletePrincipal({ ...writeContext(DeletePrincipalRequestSchema, request, context), name: request.name })
      access.changed()
      return create(DeletePrincipalResponseSchema)
    },
    async addGrant(request, context) {
      const grant = grantFrom(required(request.grant, 'AddGrantRequest.grant'), 'grant')
      const write = writeContext(AddGrantRequestSchema, request, context)
      const made = await database.addGrant({ ...write, holder: request.principal, grant })
      access.changed()
      return create(AddGrantResponseSchema, { grant: recordToMessage(made) })
    },
    async removeGrant(request, context) {
      const gone = await database.removeGrant({ ...writeContext(RemoveGrantRequestSchema, request, context), id: request.id })
      access.changed()
      return create(RemoveGrantResponseSchema, { grant: recordToMessage(gone) })
    },
  }
}

/** Programs have their role from the start. */
function grantsOfKind(kind: PrincipalKind): GrantInput[] {
  return isProgram(kind) ? [wholeRole(kind)] : []
}

export async function knownIdentity(database: ZoneDatabase, name: string): Promise<Identity> {
  const identity = await database.findIdentity(name)
  if (!identity) throw notFound('principal', name)
  return identity
}

/** A token names the last principal of its page; it is opaque so that this may change. */
export function nextToken(identities: readonly Identity[], limit: number): string {
  if (identities.length < limit) return ''
  return Buffer.from(`p${identities.at(-1)!.principal.name}`).toString('base64url')
}

export function nameOfToken(token: string): string {
  if (token === '') return ''
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (text.startsWith('p') && Buffer.from(text).toString('base64url') === token) return text.slice(1)
  throw strangeToken()
}
