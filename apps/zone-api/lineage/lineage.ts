/** Whether the database may be behind its edges: who notices it, who is told, and what is refused meanwhile. */
import { preconditionFailed, type Refusal, type HealthState, ServingStatus, unavailable } from '@zonecast/rpc'
import type { Logger, Metrics } from '@zonecast/runtime'
import type { Head } from '@zonecast/zone'
import type { BaseState, ZoneDatabase } from '../database/zone-database.ts'
import type { AdoptInput, AdoptOutcome } from '../database/lineage-port.ts'
import { type Lineage as State, soundLineage } from '../database/lineage.ts'

/** The health service tells of it under this name: what is there is served on. */
export const lineageService = 'zonecast.lineage'

/** Where somebody says to stand. */
export interface Standing {
  readonly shard: number
  readonly position: bigint
}

interface Ports {
  readonly database: ZoneDatabase
  readonly log: Logger
  readonly metrics: Metrics
  readonly now: () => number
}

/** A publisher comes back about this often. */
const retryMs = 5_000

const wayOut = '"zonectl db adopt" takes over what edges have and ends this'

export class Lineage {
  readonly #database: ZoneDatabase
  readonly #log: Logger
  readonly #now: () => number
  /** The newest position of each shard, as far as is known here. */
  readonly #newest: bigint[]
  #state: State
  /** True from the beginning of an adoption to the end of the program. */
  #adopting = false
  #health: Pick<HealthState, 'set'> | undefined
  /** Zones that are being changed. */
  readonly #running = new Set<Promise<unknown>>()

  private constructor({ database, log, metrics, now }: Ports, state: State, newest: bigint[]) {
    this.#database = database
    this.#log = log
    this.#now = now
    this.#state = state
    this.#newest = newest
    database.onCommit((events) => {
      for (const { head } of events) if (head.position > newest[head.shard]!) newest[head.shard] = head.position
    })
    database.onRegressed((detail) => void this.note(detail))
    metrics.gauge({
      name: 'zonecast_lineage_regressed',
      help: '1 while edges are ahead of the database, or may be, and nothing is changed.',
      collect: (gauge) => gauge.set(this.#state.state === 'sound' ? 0 : 1),
    })
  }

  static async open(ports: Ports): Promise<Lineage> {
    const state = await ports.database.lineage()
    const lineage = new Lineage(ports, state, await ports.database.newestPositions())
    if (state.state !== 'sound') lineage.#tell()
    return lineage
  }

  get state(): State {
    return this.#state
  }

  /** From here on the health service tells of it. */
  report(health: Pick<HealthState, 'set'>): void {
    this.#health = health
    this.#tellHealth()
    // A database that is back is told of for all services at once, and says nothing of this one.
    this.#database.onServing(() => this.#tellHealth())
  }

  /** Somebody stands at these positions of our log. Those that are not here show that the database has gone back. */
  stands(who: string, standings: Iterable<Standing>): void {
    const ahead = [...standings].filter(({ shard, position }) => position > (this.#newest[shard] ?? position))
    if (ahead.length > 0 && this.#state.state === 'sound') void this.#confirm(who, ahead)
  }

  /** Others may commit to the same database: what counts is what it says now. */
  async #confirm(who: string, ahead: readonly Standing[]): Promise<void> {
    const newest = await this.#database.newestPositions().catch(() => undefined)
    if (!newest) return
    for (const [shard, position] of newest.entries()) if (position > this.#newest[shard]!) this.#newest[shard] = position
    const [found] = ahead.filter(({ shard, position }) => position > newest[shard]!)
    if (found)
      await this.note(`${who} stands at ${found.position} in shard ${found.shard}, the database at ${newest[found.shard]}`)
  }

  /** Somebody has a state of a zone, and this is its head. */
  has(who: string, base: BaseState, { zone, state }: Head): void {
    if (this.#state.state !== 'sound') return
    // Generations only go forward, but for tombstones: an adoption leaves them their own.
    if (base.generation > state.generation && !state.deleted)
      void this.note(`${who} has ${zone} in generation ${base.generation}, and the database in ${state.generation}`)
    if (base.generation !== state.generation) return
    const isOther = base.version === state.version && base.digest !== undefined && Buffer.compare(base.digest, state.digest) !== 0
    if (base.version <= state.version && !isOther) return
    const what = isOther ? 'with another content' : `and the database ${state.version}`
    void this.note(`${who} has ${zone} at version ${base.version} ${what}`)
  }

  /** The database is behind somebody. */
  async note(detail: string): Promise<void> {
    if (this.#state.state !== 'sound' || this.#adopting) return
    this.#state = { state: 'regressed', sinceMs: this.#now(), detail }
    this.#tell()
    await this.#database.noteRegressed(detail).catch((error: unknown) => {
      this.#log.error({ err: error }, 'that the database has gone back could not be written down')
    })
  }

  #tell(): void {
    const { state, detail } = this.#state
    this.#tellHealth()
    this.#log.error({ reason: 'LINEAGE_REGRESSED', lineage: state, detail }, `nothing is changed: ${this.#why()}`)
  }

  #tellHealth(): void {
    this.#health?.set(lineageService, this.#state.state === 'sound' ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
  }

  #why(): string {
    const { state, detail } = this.#state
    if (state === 'restored') return `the database was ${detail}, and what edges have seen since is not known; ${wayOut}`
    return `the database was rolled back (${detail}); ${wayOut}`
  }

  /** Why nothing is changed; undefined while changes are taken. */
  async refusal(): Promise<Refusal | undefined> {
    if (this.#adopting) return unavailable(retryMs, 'the lineage is being moved; the zone API starts anew')
    if (!(await this.#holds())) return undefined
    return preconditionFailed([{ reason: 'LINEAGE_REGRESSED', subject: 'database', message: this.#why() }])
  }

  /** Why nothing is sent to publishers: they would take versions and serials that others have with another content. */
  async withheld(): Promise<Refusal | undefined> {
    if (this.#adopting) return unavailable(retryMs, 'the lineage is being moved; the zone API starts anew')
    if (!(await this.#holds())) return undefined
    return unavailable(retryMs, `nothing is sent: ${this.#why()}`)
  }

  /** Whether it is still so: another zone API may have adopted meanwhile. */
  async #holds(): Promise<boolean> {
    if (this.#state.state === 'sound') return false
    this.#state = await this.#database.lineage()
    if (this.#state.state === 'sound') this.#tellHealth()
    return this.#state.state !== 'sound'
  }

  /** Whether changes may go on at once. */
  get isSound(): boolean {
    return this.#state.state === 'sound' && !this.#adopting
  }

  /** From the beginning of an adoption to the end of the program, or to the failure of the adoption. */
  get isAdopting(): boolean {
    return this.#adopting
  }

  /** Keeps a change in mind until it has ended. */
  running<Result>(change: Promise<Result>): Promise<Result> {
    this.#running.add(change)
    void change.catch(() => {}).finally(() => this.#running.delete(change))
    return change
  }

  /** Takes over what edges have seen. After that nothing goes on in this program. */
  async adopt(input: AdoptInput): Promise<AdoptOutcome> {
    if (input.dryRun) return this.#database.adopt(input)
    this.#adopting = true
    try {
      await Promise.allSettled(this.#running)
      const outcome = await this.#database.adopt(input)
      this.#log.warn({ raised: outcome.raised.length, orphans: outcome.orphans.length }, 'the lineage was adopted')
      this.#state = soundLineage
      return outcome
    } catch (error) {
      this.#adopting = false
      throw error
    }
  }
}
