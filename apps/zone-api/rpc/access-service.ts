/** AccessService: who a caller is. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type AccessService,
  IntrospectResponseSchema,
  type Principal as PrincipalMessage,
  PrincipalSchema,
  WhoAmIResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { type Principal, principalOf } from '@zonecast/rpc'
import type { Credentials } from './credentials.ts'

/** How long others may remember what they were told. */
const cacheSeconds = 2

export function accessService({ credentials }: { credentials: Credentials }): ServiceImpl<typeof AccessService> {
  return {
    whoAmI: (_, context) => create(WhoAmIResponseSchema, { principal: principalToMessage(principalOf(context)) }),
    async introspect({ credentialSha256, certificate }) {
      const found = await (certificate ? credentials.findCertificate(certificate) : credentials.findToken(credentialSha256))
      if (!found) return create(IntrospectResponseSchema, { active: false, cacheSeconds })
      const { expiresAtMs } = found
      const expireTime = expiresAtMs > 0 ? { expireTime: timestampFromMs(expiresAtMs) } : {}
      const principal = principalToMessage(found.principal)
      return create(IntrospectResponseSchema, { active: true, principal, cacheSeconds, ...expireTime })
    },
  }
}

function principalToMessage({ name, role, permissions, edgeId = '', placements = [] }: Principal): PrincipalMessage {
  return create(PrincipalSchema, { name, role, permissions: [...permissions].toSorted(), edgeId, placements: [...placements] })
}
