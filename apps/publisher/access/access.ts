/** Who may follow: the zone API knows credentials, the publisher asks it and passes the question of edges on. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type AccessService,
  type IntrospectResponse,
  WhoAmIResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import {
  createIntrospectingGuard,
  type Guard,
  type IntrospectQuestion,
  principalOf,
  seenCredentialsIn,
  unavailable,
} from '@zonecast/rpc'
import type { Clock, Logger } from '@zonecast/runtime'
import type { ZoneApi } from '../ingest/zone-api.ts'

const introspectMs = 3_000

export interface AccessPorts {
  readonly zoneApi: ZoneApi
  readonly clock: Clock
  readonly log: Logger
  /** Credentials that were good lately are kept in it. */
  readonly folder: string
}

/** Only the SHA-256 of a token leaves; what was seen in the last 24 hours stays good while the zone API is away. */
export function edgeGuard(ports: AccessPorts): Guard {
  const { clock, log, folder } = ports
  const seen = seenCredentialsIn(folder, { clock, log })
  return createIntrospectingGuard({ clock, log, seen, introspect: (question) => introspect(ports, question) })
}

/** Principals, grants and credentials are kept by the zone API alone: other methods are unimplemented here. */
export function accessService(ports: AccessPorts): Pick<ServiceImpl<typeof AccessService>, 'whoAmI' | 'introspect'> {
  return {
    whoAmI: (_, context) => {
      const { name, role, permissions, edgeId = '', placements = [] } = principalOf(context)
      const principal = { name, role, permissions: [...permissions].toSorted(), edgeId, placements: [...placements] }
      return create(WhoAmIResponseSchema, { principal })
    },
    introspect: ({ credentialSha256, certificate }) =>
      introspect(ports, { credentialSha256, ...(certificate && { certificate }) }),
  }
}

async function introspect({ zoneApi, log }: AccessPorts, question: IntrospectQuestion): Promise<IntrospectResponse> {
  try {
    return await zoneApi.current.access.introspect(question, { timeoutMs: introspectMs })
  } catch (error) {
    // Whatever it is, it says nothing about the credential that was asked about.
    log.debug({ err: error }, 'the zone API cannot be asked about a credential')
    throw unavailable(1_000, 'the zone API cannot be asked about credentials at the moment; try again')
  }
}
