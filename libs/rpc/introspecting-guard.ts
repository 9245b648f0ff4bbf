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
import { unauthenticated } from './access-errors.ts'
import { unavailable } from './errors.ts'
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
  /** Where credentials that were good are kept over a restart; nowhere by default. */
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
/** While nobody can be asked, credentials of these roles stay good for so long after they were asked about last. */
const trustedWhileAway: readonly Role[] = ['publisher', 'edge']
const graceMs = 24 * 3_600_000
/** That an answer is good for a little longer is not worth a file. */
const keepEveryMs = 3_600_000
const mostRemembered = 10_000

/** Remembers answers as briefly as they say. Only the SHA-256 of a token is kept and sent. */
export function createIntrospectingGuard(options: IntrospectingGuardOptions): Guard {
  return new IntrospectingGuard(options)
}

class IntrospectingGuard implements Guard {
  readonly #options: IntrospectingGuardOptions
  readonly #known = new LRUMap<string, Known>(mostRemembered)
  readonly #refused = new LRUMap<string, number>(mostRemembered)
  readonly #asking = new Map<string, Promise<Principal | undefined>>()

  constructor(options: IntrospectingGuardOptions) {
    this.#options = options
    for (const one of options.seen?.load() ?? [])
      this.#known.set(one.key, { ...one, freshUntilMs: 0, keptUntilMs: one.trustedUntilMs })
  }

  async close(): Promise<void> {
    await this.#options.seen?.close()
  }

  authenticate(presented: Presented): Promise<Principal | undefined> | Principal | undefined {
    if (presented.kind === 'password') throw passwordElsewhere()
    const now = this.#options.clock.now()
    const { key, question } = questionOf(presented, now)
    const found = this.#known.get(key)
    if (found && found.freshUntilMs > now) return found.principal
    if ((this.#refused.get(key) ?? 0) > now) return undefined
    let pending = this.#asking.get(key)
    if (pending === undefined) {
      pending = this.#ask(key, question).finally(() => this.#asking.delete(key))
      this.#asking.set(key, pending)
    }
    return pending
  }

  async #ask(key: string, question: IntrospectQuestion): Promise<Principal | undefined> {
    const { introspect, clock } = this.#options
    const now = clock.now()
    let answer: IntrospectResponse
    try {
      answer = await introspect(question)
    } catch (error) {
      return this.#whileAway(key, now, error)
    }
    if (answer.active && answer.principal !== undefined) return this.#remember(key, answer, now)
    this.#refused.set(key, now + refusedMs)
    if (this.#known.delete(key)) this.#keep()
    return undefined
  }

  /** Nobody can be asked: what was trusted before is, for a while. */
  #whileAway(key: string, askedAt: number, error: unknown): Principal {
    const { clock, log } = this.#options
    const last = this.#known.get(key)
    if (last && last.trustedUntilMs > askedAt && trustedWhileAway.includes(last.principal.role)) {
      this.#known.set(key, { ...last, freshUntilMs: Math.min(last.trustedUntilMs, clock.now() + awayMs) })
      return last.principal
    }
    log.warn({ err: error }, 'a credential could not be checked')
    throw unavailable(1_000, 'the credential cannot be checked at the moment; try again')
  }

  #remember(key: string, { principal: found, expireTime, cacheSeconds }: IntrospectResponse, askedAt: number): Principal {
    const principal = principalFrom(found!)
    const endMs = expireTime ? timestampMs(expireTime) : Infinity
    const freshUntilMs = Math.min(endMs, askedAt + Math.min(cacheSeconds * 1_000, freshMs))
    const before = this.#known.get(key)
    const trustedUntilMs = Math.min(endMs, askedAt + graceMs)
    const isKept = before && before.keptUntilMs > trustedUntilMs - keepEveryMs && textOf(before.principal) === textOf(principal)
    const keptUntilMs = isKept ? before.keptUntilMs : trustedUntilMs
    this.#known.set(key, { key, principal, freshUntilMs, trustedUntilMs, keptUntilMs })
    if (!isKept) this.#keep()
    return principal
  }

  #keep(): void {
    const isTrusted = ({ principal }: Known) => trustedWhileAway.includes(principal.role)
    this.#options.seen?.save(() => [...this.#known.values()].filter(isTrusted))
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
