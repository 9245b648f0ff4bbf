/** What is known of credentials for a moment: answers of the database, good and bad. */
import { CredentialRefusal, LRUMap, notInForce, type Presented, type Principal } from '@zonecast/rpc'
import type { Clock } from '@zonecast/runtime'

/** How long an answer of the database is good, where nothing is heard of a change. */
const cacheMs = 5_000
/** Where the database is away, whoever was in force within this time is known still, to those who ask for it. */
const lastMs = 24 * 3_600_000
/** The same wrong credential is not looked up again for so long. */
const refusedMs = 1_000
/** Nor is the same wrong password compared again: to send it again is no further guess. */
const wrongMs = 60_000
export const mostRemembered = 10_000

type Kind = Presented['kind']

/** A principal, and when its credential ends by itself: 0 where it does not. */
export interface Found {
  readonly principal: Principal
  readonly expiresAtMs: number
}

/** A credential that is not in force. */
export interface Fault {
  /** The principal that the caller claimed to be; empty where there is none of that name. */
  readonly claimed: string
  readonly fault: string
}

export type Answer = Promise<Found> | Found
/** What there is, or else what is wrong. */
export type Find = () => Promise<Found | Fault>

interface Remembered {
  readonly found: Found
  readonly untilMs: number
}

interface Wrong extends Fault {
  readonly kind: Kind
  readonly untilMs: number
}

export interface CredentialMemoryPorts {
  readonly clock: Pick<Clock, 'now'>
  /** Told of each credential that had to be looked at. */
  readonly looked?: (kind: Kind, outcome: 'known' | 'unknown' | 'slowed') => void
}

export class CredentialMemory {
  readonly #ports: CredentialMemoryPorts
  /** Grows when anything was changed: what is on its way is then not remembered. */
  #era = 0
  readonly #remembered = new LRUMap<string, Remembered>(mostRemembered)
  /** Apart, so that strangers crowd out nobody. */
  readonly #refused = new LRUMap<string, Wrong>(mostRemembered)
  readonly #asking = new Map<string, Promise<Found>>()

  constructor(ports: CredentialMemoryPorts) {
    this.#ports = ports
  }

  /** What is remembered is looked up again. */
  forget(): void {
    this.#remembered.clear()
    this.#refused.clear()
    this.#era++
  }

  /**
   * From memory, or else from the database, which is asked once for all who wait for the same. Throws what is wrong. With `orLast`, what the
   * database said last is good while it cannot be asked.
   */
  answer(key: string, kind: Kind, find: Find, orLast = false): Answer {
    const now = this.#ports.clock.now()
    const known = this.#remembered.get(key)
    if (known && known.untilMs > now) return known.found
    const wrong = this.#refused.get(key)
    if (wrong && wrong.untilMs > now) throw refusalOf(wrong)
    let asking = this.#asking.get(key)
    if (!asking) {
      asking = this.#look(key, kind, find).finally(() => this.#asking.delete(key))
      this.#asking.set(key, asking)
    }
    if (!orLast) return asking
    return asking.catch((error: unknown) => {
      const last = error instanceof CredentialRefusal ? undefined : this.#last(key)
      if (last) return last
      throw error
    })
  }

  #last(key: string): Found | undefined {
    const now = this.#ports.clock.now()
    const known = this.#remembered.get(key)
    if (!known || known.untilMs + lastMs < now) return undefined
    const { expiresAtMs } = known.found
    return expiresAtMs === 0 || expiresAtMs > now ? known.found : undefined
  }

  async #look(key: string, kind: Kind, find: Find): Promise<Found> {
    const era = this.#era
    const answer = await find()
    const isKnown = 'principal' in answer
    this.#ports.looked?.(kind, isKnown ? 'known' : 'unknown')
    const now = this.#ports.clock.now()
    if (isKnown) {
      const untilMs = Math.min(answer.expiresAtMs || Infinity, now + cacheMs)
      if (era === this.#era) this.#remembered.set(key, { found: answer, untilMs })
      return answer
    }
    this.#remembered.delete(key)
    const wrong = { ...answer, kind, untilMs: now + (kind === 'password' ? wrongMs : refusedMs) }
    if (era === this.#era) this.#refused.set(key, wrong)
    throw refusalOf(wrong)
  }
}

/** The caller is told the same, whatever was wrong. */
function refusalOf({ kind, claimed, fault }: Wrong): CredentialRefusal {
  return new CredentialRefusal(notInForce(kind), claimed, fault)
}
