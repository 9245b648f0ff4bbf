/** Methods of AccessService about the caller's own principal. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import {
  type AccessService,
  type WhoAmIResponse,
  WhoAmIResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import {
  type ChangeOwnPasswordRequest,
  ChangeOwnPasswordResponseSchema,
  ListOwnCredentialsResponseSchema,
  RevokeOwnCredentialRequestSchema,
  RevokeOwnCredentialResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/credential_pb'
import {
  callerPeer,
  CredentialRefusal,
  denial,
  invalidRequest,
  notFound,
  preconditionFailed,
  principalOf,
  tellOfSecret,
} from '@zonecast/rpc'
import { hashPassword } from '../access/password-hash.ts'
import { isProgram } from '../database/access/access-rows.ts'
import { listedCredentials } from './access-credentials.ts'
import { credentialToMessage, selfToMessage } from './access-messages.ts'
import type { AccessPorts } from './access-service.ts'
import { quotasToMessage } from './quota-service.ts'
import { callerOf, writeContext } from './write-context.ts'

type Methods = 'whoAmI' | 'changeOwnPassword' | 'listOwnCredentials' | 'revokeOwnCredential'

export function selfMethods(ports: AccessPorts): Pick<ServiceImpl<typeof AccessService>, Methods> {
  const { database, access } = ports
  return {
    whoAmI: (_, context) => whoAmI(ports, context),
    changeOwnPassword: (request, context) => changePassword(ports, request, context),
    async listOwnCredentials(_, context) {
      const credentials = await listedCredentials(database, principalOf(context).name)
      return create(ListOwnCredentialsResponseSchema, { credentials })
    },
    async revokeOwnCredential(request, context) {
      const { name, role } = principalOf(context)
      const { id } = request
      // Whoever has taken one of a program's credentials must not put the others out of force: nobody would stand in for it.
      if (isProgram(role)) throw denial(context, 'access.write', {}, programsRevokeNone)
      if ((await database.getCredential(id))?.principal !== name) throw notFound('credential', id)
      const gone = await database.revokeCredential({ ...writeContext(RevokeOwnCredentialRequestSchema, request, context), id })
      access.changed()
      return create(RevokeOwnCredentialResponseSchema, { credential: credentialToMessage(gone) })
    },
  }
}

const programsRevokeNone =
  'publishers, edges and transfer agents revoke none of their own credentials: an administrator does ("zonectl access token revoke")'

async function whoAmI({ database, defaults }: AccessPorts, context: HandlerContext): Promise<WhoAmIResponse> {
  const principal = principalOf(context)
  const { own, zones, changesNow } = await database.quotasOf(principal.name)
  const { isExempt = false } = callerOf({ requestId: '', reason: '' }, context)
  const inForce = own ?? (isExempt || Object.keys(defaults).length === 0 ? undefined : defaults)
  return create(WhoAmIResponseSchema, {
    principal: selfToMessage(principal),
    zonesMade: zones,
    ...(inForce && { quotas: quotasToMessage(inForce) }),
    ...(inForce?.changesPerMinute !== undefined && { changesNow: changesNow ?? 0 }),
  })
}

/** The new password takes the place of the one that was shown, and ends when that would have; all others end at once. */
async function changePassword(ports: AccessPorts, request: ChangeOwnPasswordRequest, context: HandlerContext) {
  const { database, credentials, access } = ports
  const { currentPassword, newPassword, reason } = request
  const { name } = principalOf(context)
  if (currentPassword === newPassword) throw invalid('new_password', name, 'the new password is the one that there is')
  if ((await database.findIdentity(name))?.principal.isBootstrap) {
    const message = `${name} is of the bootstrap file, where nobody has a password; nothing was changed`
    throw preconditionFailed([{ reason: 'PRINCIPAL_BOOTSTRAP', subject: name, message }])
  }
  const id = await credentials.checkPassword(name, currentPassword, callerPeer(context)).catch((error: unknown) => {
    // Whoever has stolen a token must not guess unseen.
    if (error instanceof CredentialRefusal) tellOfSecret(context, error)
    throw error
  })
  const old = await database.getCredential(id)
  const write = { ...callerOf({ requestId: '', reason }, context), bodyHash: new Uint8Array() }
  const end = { expiresAtMs: old?.expiresAtMs ?? 0, overlapUntilMs: Date.now() }
  const made = await database.rotateCredential({ ...write, id, phc: await hashPassword(newPassword), ...end })
  for (const other of await database.listCredentials(name)) {
    const isLeft = other.kind === 'password' && other.revokedAtMs === 0 && other.id !== made.id
    if (isLeft) await database.revokeCredential({ ...write, id: other.id })
  }
  access.changed()
  return create(ChangeOwnPasswordResponseSchema, { credential: credentialToMessage(made) })
}

function invalid(field: string, subject: string, message: string) {
  return invalidRequest([{ field, reason: 'CREDENTIAL_INVALID', subject, message }])
}
