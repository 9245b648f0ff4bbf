/** Response rate limiting: a flood of the same UDP response to one network is cut (Vixie and Schryver, 2012). */
import type { AnswerKind } from '@zonecast/zone'
import { isLoopback } from './client-address.ts'

export interface RateLimitOptions {
  /** Responses of one kind, from one name, to one network and second; more are limited. */
  readonly responsesPerSecond: number
  /** Seconds of silence that a flood has to make up for, at most. */
  readonly windowSeconds: number
  /** Every so many limited responses one goes out truncated, so that a real client asks over TCP; 0 for none, 1 for all. */
  readonly slip: number
  /** Every so many limited responses one goes out whole; 0 for none. */
  readonly leak: number
  readonly ipv4PrefixLength: number
  readonly ipv6PrefixLength: number
  /** Limits clients on this machine, too. */
  readonly limitLoopback: boolean
  /** Accounts kept; beyond it the oldest are forgotten. */
  readonly maxAccounts: number
}

export const rateLimitDefaults = {
  windowSeconds: 15,
  slip: 2,
  leak: 0,
  ipv4PrefixLength: 24,
  ipv6PrefixLength: 56,
  limitLoopback: false,
  maxAccounts: 100_000,
}

/** What becomes of a response. */
export type Verdict = 'send' | 'slip' | 'leak' | 'drop'

/** The kinds of `Answer`, and `error` for every RCODE that is not an answer. */
export type LimitedKind = AnswerKind | 'error'

interface Account {
  balance: number
  second: number
  limited: number
}

/** Counts responses. Memory: two times `maxAccounts`. */
export class RateLimiter {
  readonly #options: RateLimitOptions
  #accounts = new Map<string, Account>()
  #older = new Map<string, Account>()
  #rotatedAt = 0

  constructor(options: RateLimitOptions) {
    this.#options = options
  }

  /** Counts one response to a client and says what becomes of it; `source` is the name in the zone it comes from. */
  judge(client: Uint8Array, kind: LimitedKind, source: string, nowSeconds: number): Verdict {
    const { responsesPerSecond, windowSeconds, limitLoopback, slip, leak } = this.#options
    if (!limitLoopback && isLoopback(client)) return 'send'
    const second = Math.trunc(nowSeconds)
    const account = this.#account(`${this.#network(client)} ${kind} ${source}`, second)
    // A second without a response earns back a second's worth; no more is kept than one second's.
    const earned = Math.max(0, second - account.second) * responsesPerSecond
    account.balance = Math.min(responsesPerSecond, account.balance + earned)
    account.second = Math.max(second, account.second)
    account.balance = Math.max(account.balance - 1, -windowSeconds * responsesPerSecond)
    if (account.balance >= 0) return 'send'
    const count = ++account.limited
    if (leak > 0 && count % leak === 0) return 'leak'
    return slip > 0 && count % slip === 0 ? 'slip' : 'drop'
  }

  #account(key: string, second: number): Account {
    const { windowSeconds, maxAccounts, responsesPerSecond } = this.#options
    // What was silent for a whole window has earned everything back and need not be remembered.
    if (second - this.#rotatedAt > windowSeconds || this.#accounts.size >= maxAccounts) {
      this.#older = second - this.#rotatedAt > 2 * windowSeconds ? new Map() : this.#accounts
      this.#accounts = new Map()
      this.#rotatedAt = second
    }
    let account = this.#accounts.get(key)
    if (account === undefined) {
      account = this.#older.get(key) ?? { balance: responsesPerSecond, second, limited: 0 }
      this.#accounts.set(key, account)
    }
    return account
  }

  #network(client: Uint8Array): string {
    const bits = client.length === 4 ? this.#options.ipv4PrefixLength : this.#options.ipv6PrefixLength
    let text = client.length === 4 ? '4' : '6'
    for (let i = 0; i * 8 < bits; i++) text += `.${client[i]! & (0xff << Math.max(0, 8 - (bits - i * 8)))}`
    return text
  }
}
