/** The guard of programs without a database: it asks another program whose credential it was shown. */
import { createHash } from 'node:crypto'
import type { Role } from '@zonecast/access'
import type { IntrospectResponse } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import type { Clock, Logger } from '@zonecast/runtime'
import { type Refusal, unauthenticated, unavailable } from './errors.ts'
import type { Guard, Principal } from './guard.ts'
import type { Presented } from './presented.ts'

export interface IntrospectingGuardOptions {
  /** Asks whose credential has this SHA-256; rejects when nobody can be asked. */
  readonly introspect: (credentialSha256: Uint8Array) => Promise<IntrospectResponse>
  readonly clock: Clock
  readonly log: Logger
  /** Roles whose credentials stay good for 24 hours while nobody can be asked. */
  readonly trustedWhileAway?: readonly Role[]
}

interface Known {
  readonly principal: Principal
  readonly freshUntil: number
  readonly trustedUntil: number
}

/** A wrong answer is remembered for so long, so that a flood of bad credentials asks seldom. */
const refusedMs = 1_000
const graceMs = 24 * 3_600_000
const largestMemory = 10_000

/** Remembers answers as briefly as they say. Only the SHA-256 of a credential is kept and sent. */
export function createIntrospectingGuard(options: IntrospectingGuardOptions): Guard {
  const { introspect, clock, log, trustedWhileAway = ['publisher', 'edge'] } = options
  const known = new Map<string, Known>()
  const refused = new Map<string, number>()
  const asking = new Map<string, Promise<Principal | undefined>>()

  async function ask(key: string, digest: Uint8Array): Promise<Principal | undefined> {
    const now = clock.now()
    let answer: IntrospectResponse
    try {
      answer = await introspect(digest)
    } catch (error) {
      const last = known.get(key)
      if (last && last.trustedUntil > now && trustedWhileAway.includes(last.principal.role)) return last.principal
      log.warn({ err: error }, 'a credential could not be checked')
      throw unavailable(1_000, 'the credential cannot be checked at the moment; try again')
    }
    known.delete(key)
    if (!answer.active || answer.principal === undefined) {
      remember(refused, key, now + refusedMs)
      return undefined
    }
    const principal = principalFrom(answer.principal)
    remember(known, key, { principal, freshUntil: now + answer.cacheSeconds * 1000, trustedUntil: now + graceMs })
    return principal
  }

  return {
    authenticate: (presented) => {
      if (presented.kind !== 'token') throw notTaken(presented)
      const digest = createHash('sha256').update(presented.token, 'utf8').digest()
      const key = digest.toString('latin1')
      const now = clock.now()
      const found = known.get(key)
      if (found && found.freshUntil > now) return found.principal
      if ((refused.get(key) ?? 0) > now) return undefined
      let pending = asking.get(key)
      if (pending === undefined) {
        pending = ask(key, digest).finally(() => asking.delete(key))
        asking.set(key, pending)
      }
      return pending
    },
  }
}

/** A password would pass through the hands of every program between here and the zone API. */
function notTaken({ kind }: Presented): Refusal {
  return unauthenticated(`a ${kind} is taken by the zone API alone; send a token here, as "authorization: Bearer zc_…"`)
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= largestMemory) map.delete(map.keys().next().value as string)
  map.set(key, value)
}

function principalFrom(message: NonNullable<IntrospectResponse['principal']>): Principal {
  const { name, role, permissions, edgeId, placements } = message
  const base = { name, role: role as Role, permissions: new Set(permissions), grants: [] }
  return edgeId === '' ? base : { ...base, edgeId, placements }
}
