/** AccessService: who a caller is, and who may do what. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { type AccessService, IntrospectResponseSchema } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import type { AccessWatch } from '../access/access-watch.ts'
import type { QuotaLimits, ZoneDatabase } from '../database/zone-database.ts'
import { credentialMethods } from './access-credentials.ts'
import { explainMethods } from './access-explain.ts'
import { principalToMessage } from './access-messages.ts'
import { principalMethods } from './access-principals.ts'
import { selfMethods } from './access-self.ts'
import type { Credentials } from './credentials.ts'

/** How long others may remember what they were told. */
const cacheSeconds = 2

export interface AccessPorts {
  readonly database: ZoneDatabase
  readonly credentials: Credentials
  readonly access: Pick<AccessWatch, 'changed'>
  /** Quotas of those that have none of their own. */
  readonly defaults: QuotaLimits
}

export function accessService(ports: AccessPorts): ServiceImpl<typeof AccessService> {
  const { credentials } = ports
  return {
    ...principalMethods(ports),
    ...credentialMethods(ports),
    ...explainMethods(ports),
    ...selfMethods(ports),
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
