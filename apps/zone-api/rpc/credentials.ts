/** Credentials: the guard of this program, and what it tells others about theirs. */
import type { Guard, Presented, Principal } from '@zonecast/rpc'
import { createHash } from 'node:crypto'
import type { AccessWatch } from '../access/access-watch.ts'
import { principalFrom } from '../access/principal-from.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'

/** How long an answer of the database is good. */
const cacheMs = 5_000
/** Remembered at most; strangers' credentials count too, so it is emptied when full. */
const mostRemembered = 10_000

/** Knows credentials by their SHA-256; they themselves are nowhere kept. */
export class Credentials implements Guard {
  readonly #database: ZoneDatabase
  readonly #now: () => number
  #era = 0
  readonly #remembered = new Map<string, { readonly principal: Principal | undefined; readonly untilMs: number }>()
  /** Hashes of credentials seen lately, so that a call does not cost a hash. */
  readonly #hashes = new Map<string, Uint8Array>()

  constructor({ database, now, watch }: { database: ZoneDatabase; now: () => number; watch: AccessWatch }) {
    this.#database = database
    this.#now = now
    watch.onChange(() => this.forget())
  }

  /** What is remembered is looked up again; an answer that is on its way is not remembered. */
  forget(): void {
    this.#remembered.clear()
    this.#era++
  }

  authenticate(presented: Presented): Promise<Principal | undefined> | Principal | undefined {
    return presented.kind === 'token' ? this.find(this.#hashOf(presented.token)) : undefined
  }

  /** The principal behind a hash. */
  find(sha256: Uint8Array): Promise<Principal | undefined> | Principal | undefined {
    const name = Buffer.from(sha256).toString('latin1')
    const known = this.#remembered.get(name)
    if (known && known.untilMs > this.#now()) return known.principal
    return this.#look(name, sha256)
  }

  async #look(name: string, sha256: Uint8Array): Promise<Principal | undefined> {
    const era = this.#era
    const credential = await this.#database.findCredential(sha256)
    const principal = credential && principalFrom(credential)
    if (era !== this.#era) return principal
    if (this.#remembered.size >= mostRemembered) this.#remembered.clear()
    const end = credential?.expiresAtMs || Infinity
    this.#remembered.set(name, { principal, untilMs: Math.min(end, this.#now() + cacheMs) })
    return principal
  }

  #hashOf(credential: string): Uint8Array {
    let hash = this.#hashes.get(credential)
    if (!hash) {
      hash = new Uint8Array(createHash('sha256').update(credential).digest())
      if (this.#hashes.size >= mostRemembered) this.#hashes.clear()
      this.#hashes.set(credential, hash)
    }
    return hash
  }
}
