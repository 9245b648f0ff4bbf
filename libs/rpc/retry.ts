/** Which calls are made again, when, and how often (decision 0030). */
import type { DescMethod, Message } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { backoff, pause, systemClock } from '@zonecast/runtime'
import { RetryInfoSchema } from './error-details.ts'
import { howUnseen } from './failure.ts'
import { reasonOf } from './interrupt.ts'
import { tlsFaultOf } from './tls-fault.ts'

export interface RetryPolicy {
  /** The first one included; 1 makes none again but those that no handler has seen because the server was leaving. */
  readonly maxAttempts: number
  /** Upper bound of the first pause; each is random below a bound that doubles. */
  readonly baseMs: number
  readonly maxMs: number
  /** While no server can be reached, goes on until the deadline, whatever `maxAttempts` says. */
  readonly untilReached: boolean
}

export const defaultRetries: RetryPolicy = { maxAttempts: 5, baseMs: 100, maxMs: 2_000, untilReached: false }

/** What became of an attempt. `ignored` was seen by no server, so that it burdens none; `moved` goes elsewhere at once. */
export type Verdict = { readonly again: false } | { readonly again: 'ignored' | 'moved' | 'answered'; readonly afterMs: number }

const final: Verdict = { again: false }

/** `isSafe`: making the call twice does what making it once does. */
export function verdictOf(error: ConnectError, isSafe: boolean): Verdict {
  // Who is not trusted is not trusted the next time.
  if (tlsFaultOf(error)) return final
  const how = howUnseen(error)
  if (how !== undefined) return { again: how === 'refused' ? 'moved' : 'ignored', afterMs: 0 }
  const afterMs = retryAfterMs(error)
  // A refusal for want of room or rate is given before anything is done.
  if (error.code === Code.ResourceExhausted && afterMs !== undefined) return { again: 'answered', afterMs }
  return error.code === Code.Unavailable && isSafe ? { again: 'answered', afterMs: afterMs ?? 0 } : final
}

/** The schema says so, or the request carries an id under which the server gives the same answer once more; server streams only read. */
export function isSafeToRepeat({ methodKind, idempotency }: DescMethod, message?: Message): boolean {
  if (methodKind === 'server_streaming' || idempotency === Idempotency.NO_SIDE_EFFECTS || idempotency === Idempotency.IDEMPOTENT)
    return true
  const { requestId } = (message ?? {}) as { requestId?: unknown }
  return typeof requestId === 'string' && requestId !== ''
}

/**
 * What all calls of a client may spend on retries, as gRPC throttles them: each failure takes a token, each success gives a tenth of one, and
 * below half there are no retries. An outage is answered with a tenth more calls then, and not with five times as many.
 */
export class RetryBudget {
  readonly #most: number
  #tokens: number

  constructor(most = 100) {
    this.#most = most
    this.#tokens = most
  }

  /** Takes a token, and says whether the call may be made again. */
  failed(): boolean {
    this.#tokens = Math.max(0, this.#tokens - 1)
    return this.#tokens > this.#most / 2
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + 0.1)
  }
}

export interface RetryPorts {
  readonly policy: RetryPolicy
  readonly budget: RetryBudget
  /** Another address answers: there is no reason to wait for the one that said to come back. */
  readonly hasOthers: () => boolean
  readonly tell: (what: 'attempt' | 'retry' | 'throttled') => void
}

export interface Repeated {
  readonly isSafe: boolean
  readonly deadlineAt: number
  readonly signal: AbortSignal | undefined
  /** What it sends has been taken from its source, which does not give it again. */
  readonly isOver?: () => boolean
}

/** Servers that leave one after the other are gone past at once; more often than this, there is something else. */
const mostMoves = 3

/** Gives an attempt the number of those before it that a server may have seen. */
export async function retried<T>(ports: RetryPorts, call: Repeated, attempt: (previous: number) => Promise<T>): Promise<T> {
  const { budget, tell } = ports
  const made = { seen: 0, ignored: 0, moved: 0 }
  for (tell('attempt'); ; tell('retry')) {
    try {
      const answer = await attempt(made.seen)
      budget.succeeded()
      return answer
    } catch (error) {
      const pauseMs = pauseAfter(ports, ConnectError.from(error), call.isSafe, made)
      if (pauseMs === undefined || performance.now() + pauseMs >= call.deadlineAt) throw error
      if (call.signal?.aborted || call.isOver?.()) throw error
      if (pauseMs > 0) await pause(systemClock, pauseMs, call.signal)
      if (call.signal?.aborted) throw ConnectError.from(reasonOf(call.signal), Code.Canceled)
    }
  }
}

interface Made {
  seen: number
  ignored: number
  moved: number
}

/** How long to wait before the next attempt; nothing where there is none. */
function pauseAfter({ policy, budget, hasOthers, tell }: RetryPorts, error: ConnectError, isSafe: boolean, made: Made) {
  const verdict = verdictOf(error, isSafe)
  if (verdict.again === false) return undefined
  if (verdict.again === 'moved' && made.moved++ < mostMoves) return 0
  if (verdict.again === 'answered') made.seen++
  else made.ignored++
  const attempts = made.seen + made.ignored
  if (attempts >= policy.maxAttempts && !(verdict.again === 'ignored' && policy.untilReached)) return undefined
  if (verdict.again === 'answered' && !budget.failed()) return void tell('throttled')
  const pauseMs = backoff(attempts - 1, policy)
  const isElsewhere = error.code === Code.Unavailable && hasOthers()
  return isElsewhere ? pauseMs : Math.max(pauseMs, verdict.afterMs)
}

/** When the server said to come back. */
function retryAfterMs(error: ConnectError): number | undefined {
  const [info] = error.findDetails(RetryInfoSchema)
  return info?.retryDelay && Number(info.retryDelay.seconds) * 1_000 + info.retryDelay.nanos / 1e6
}
