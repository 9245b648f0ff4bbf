/** Comparing passwords costs a core for a while: a bounded number at once, with few waiting, and few of them from one address. */
import { passwordsBusy } from '@zonecast/rpc'
import { isPasswordOf, nobodysHash } from './password-hash.ts'

export interface PasswordCheckLimits {
  /** Of libuv's four threads, which files and names need, too. */
  readonly atOnce: number
  readonly waiting: number
  /** Under way and waiting. */
  readonly ofOneAddress: number
}

const defaultLimits: PasswordCheckLimits = { atOnce: 2, waiting: 32, ofOneAddress: 4 }
const retryMs = 1_000

export class PasswordChecks {
  readonly #limits: PasswordCheckLimits
  readonly #isPasswordOf: typeof isPasswordOf
  readonly #waiting: (() => void)[] = []
  readonly #byAddress = new Map<string, number>()
  #underWay = 0

  constructor(limits: Partial<PasswordCheckLimits> = {}, compare = isPasswordOf) {
    this.#limits = { ...defaultLimits, ...limits }
    this.#isPasswordOf = compare
  }

  /**
   * The hash that a password is of; undefined where it is of none of them. Where there are none, it is compared all the same, so that
   * a name without a password takes the time of one that has one. Refuses when too many are at it.
   */
  async find(password: string, hashes: readonly string[], address: string): Promise<string | undefined> {
    await this.#enter(address)
    try {
      for (const phc of hashes.length > 0 ? hashes : [nobodysHash]) {
        if ((await this.#isPasswordOf(password, phc)) && phc !== nobodysHash) return phc
      }
      return undefined
    } finally {
      this.#leave(address)
    }
  }

  async #enter(address: string): Promise<void> {
    const { atOnce, waiting, ofOneAddress } = this.#limits
    const here = this.#byAddress.get(address) ?? 0
    if (here >= ofOneAddress || (this.#underWay >= atOnce && this.#waiting.length >= waiting)) throw passwordsBusy(retryMs)
    this.#byAddress.set(address, here + 1)
    if (this.#underWay < atOnce) this.#underWay++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(address: string): void {
    const here = (this.#byAddress.get(address) ?? 1) - 1
    if (here === 0) this.#byAddress.delete(address)
    else this.#byAddress.set(address, here)
    const next = this.#waiting.shift()
    // The next one takes the place over.
    if (next) next()
    else this.#underWay--
  }
}
