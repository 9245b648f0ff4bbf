/** Who may follow: the zone API knows credentials, the publisher asks it and passes the question of edges on. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type AccessService,
  type IntrospectResponse,
  WhoAmIResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { createIntrospectingGuard, principalOf, unavailable, type Guard } from '@zonecast/rpc'
import type { Clock, Logger } from '@zonecast/runtime'
import type { ZoneApi } from '../ingest/zone-api.ts'

/** An answer is fresh for so long: a credential that is withdrawn is good for so long at most. */
const mostFreshSeconds = 5
const introspectMs = 3_000

export interface AccessPorts {
  readonly zoneApi: ZoneApi
  readonly clock: Clock
  readonly log: Logger
}

/** Only the SHA-256 of a credential leaves; what was seen in the last 24 hours stays good while the zone API is away. */
export function edgeGuard(ports: AccessPorts): Guard {
  return createIntrospectingGuard({
    clock: ports.clock,
    log: ports.log,
    introspect: async (credentialSha256) => {
      const answer = await introspect(ports, credentialSha256)
      return { ...answer, cacheSeconds: Math.min(answer.cacheSeconds, mostFreshSeconds) }
    },
  })
}

export function accessService(ports: AccessPorts): ServiceImpl<typeof AccessService> {
  return {
    whoAmI: (_, context) => {
      const { name, role, permissions, edgeId = '', placements = [] } = principalOf(context)
      const principal = { name, role, permissions: [...permissions].toSorted(), edgeId, placements: [...placements] }
      return create(WhoAmIResponseSchema, { principal })
    },
    introspect: ({ credentialSha256 }) => introspect(ports, credentialSha256),
  }
}

async function introspect({ zoneApi, log }: AccessPorts, credentialSha256: Uint8Array): Promise<IntrospectResponse> {
  try {
    return await zoneApi.current.access.introspect({ credentialSha256 }, { timeoutMs: introspectMs })
  } catch (error) {
    // Whatever it is, it says nothing about the credential that was asked about.
    log.debug({ err: error }, 'the zone API cannot be asked about a credential')
    throw unavailable(1_000, 'the zone API cannot be asked about credentials at the moment; try again')
  }
}
