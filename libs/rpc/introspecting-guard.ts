/** The guard of programs without a database: it asks another program whose credential it was shown. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { createHash } from 'node:crypto'
import type { Role } from '@zonecast/access'
import type {
  IntrospectRequestSchema,
  IntrospectResponse,
} from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import type { Clock, Logger } from '@zonecast/runtime'
import { unauthenticated, unavailable } from './errors.ts'
import type { Guard, Principal } from './guard.ts'
import { LRUMap } from './lru-map.ts'
import type { Presented } from './presented.ts'
import type { Seen, SeenCredentials } from './seen-credentials.ts'

export type IntrospectQuestion = MessageInitShape<typeof IntrospectRequestSchema>

export interface IntrospectingGuardOptions {
  /** Asks whose credential it is; rejects when nobody can be asked. */
  readonly introspect: (question: IntrospectQuestion) => Promise<IntrospectResponse>
  readonly clock: Clock
  readonly log: Logger
  /** Roles whose credentials stay good for 24 hours while nobody can be asked. */
  readonly trustedWhileAway?: readonly Role[]
  /** Where those are kept over a restart; nowhere by default. */
  readonly seen?: SeenCredentials
}

interface Known extends Seen {
  readonly freshUntilMs: number
  /** Until when it is trusted by what was kept last. */
  readonly keptUntilMs: number
}

/** An answer is fresh for so long at most: with the time between two looks at a stream, and what the zone API takes, less than 5 s. */
const freshMs = 2_000
/** A wrong answer is remembered for so long, so that a flood of bad credentials asks seldom. */
const refusedMs = 1_000
/** While nobody can be asked, it is tried again so often. */
const awayMs = 1_000
const graceMs = 24 * 3_600_000
/** That an answer is good for a little longer is not worth a file. */
const keepEveryMs = 3_600_000
const mostRemembered = 10_000

/** Remembers answers as briefly as they say. Only the SHA-256 of a token is kept and sent. */
export function createIntrospectingGuard(options: IntrospectingGuardOptions): Guard {
  const { introspect, clock, log, trustedWhileAway = ['publisher', 'edge'], seen } = options
  const known = new LRUMap<string, Known>(mostRemembered)
  const refused = new LRUMap<string, number>(mostRemembered)
  const asking = new Map<string, Promise<Principal | undefined>>()
  for (const one of seen?.load() ?? []) known.set(one.key, { ...one, freshUntilMs: 0, keptUntilMs: one.trustedUntilMs })
  const keep = () => seen?.save(() => [...known.values()].filter(({ principal }) => trustedWhileAway.includes(principal.role)))

  async function ask(key: string, question: IntrospectQuestion): Promise<Principal | undefined> {
    const now = clock.now()
    let answer: IntrospectResponse
    try {
      answer = await introspect(question)
    } catch (error) {
      const last = known.get(key)
      if (last && last.trustedUntilMs > now && trustedWhileAway.includes(last.principal.role)) {
        known.set(key, { ...last, freshUntilMs: Math.min(last.trustedUntilMs, clock.now() + awayMs) })
        return last.principal
      }
      log.warn({ err: error }, 'a credential could not be checked')
      throw unavailable(1_000, 'the credential cannot be checked at the moment; try again')
    }
    if (!answer.active || answer.principal === undefined) {
      refused.set(key, now + refusedMs)
      if (known.delete(key)) keep()
      return undefined
    }
    const principal = principalFrom(answer.principal)
    const endMs = answer.expireTime ? timestampMs(answer.expireTime) : Infinity
    const freshUntilMs = Math.min(endMs, now + Math.min(answer.cacheSeconds * 1_000, freshMs))
    const before = known.get(key)
    const trustedUntilMs = Math.min(endMs, now + graceMs)
    const isKept = before && before.keptUntilMs > trustedUntilMs - keepEveryMs && textOf(before.principal) === textOf(principal)
    known.set(key, { key, principal, freshUntilMs, trustedUntilMs, keptUntilMs: isKept ? before.keptUntilMs : trustedUntilMs })
    if (!isKept) keep()
    return principal
  }

  return {
    close: async () => seen?.close(),
    authenticate: (presented) => {
      if (presented.kind === 'password') throw passwordElsewhere()
      const now = clock.now()
      const { key, question } = questionOf(presented, now)
      const found = known.get(key)
      if (found && found.freshUntilMs > now) return found.principal
      if ((refused.get(key) ?? 0) > now) return undefined
      let pending = asking.get(key)
      if (pending === undefined) {
        pending = ask(key, question).finally(() => asking.delete(key))
        asking.set(key, pending)
      }
      return pending
    },
  }
}

/** It would pass through the hands of every program between here and the zone API. */
function passwordElsewhere() {
  return unauthenticated('passwords are taken by the zone API alone; send a token here, as "authorization: Bearer zc_…"')
}

function questionOf(presented: Exclude<Presented, { kind: 'password' }>, now: number) {
  if (presented.kind === 'token') {
    const digest = createHash('sha256').update(presented.token, 'utf8').digest()
    return { key: digest.toString('base64'), question: { credentialSha256: digest } }
  }
  const { sha256, subjects, notAfterMs } = presented.certificate
  if (notAfterMs <= now) throw unauthenticated('the client certificate has expired')
  return {
    key: `certificate ${Buffer.from(sha256).toString('base64')}`,
    question: { certificate: { sha256, subjects: [...subjects] } },
  }
}

function textOf({ name, role, edgeId, placements, permissions }: Principal): string {
  return JSON.stringify([name, role, edgeId, placements, ...permissions])
}

function principalFrom(message: NonNullable<IntrospectResponse['principal']>): Principal {
  const { name, role, permissions, edgeId, placements } = message
  const base = { name, role: role as Role, permissions: new Set(permissions), grants: [] }
  return edgeId === '' ? base : { ...base, edgeId, placements }
}
