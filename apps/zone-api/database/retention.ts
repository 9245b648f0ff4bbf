/** How much history is kept: by the environment, and by zones that have bounds of their own. */
import { decodeSettings } from './settings.ts'
import { type Db, type Statement, statement } from './statement.ts'

/** History that is kept: whatever is within one of these bounds. */
export interface Retention {
  readonly versions: number
  readonly ms: number
}

const dayMs = 24 * 3_600_000
export const defaultRetention: Retention = { versions: 1000, ms: 7 * dayMs }

/** Zones whose settings are looked at in one slice. */
const sliceZones = 500

export class Retentions {
  readonly #common: Retention
  readonly #zones: Statement<{ after: number }, { number: number; settings: Uint8Array }>
  #shortestMs: number
  #lookedAt = 0

  constructor(db: Db, common: Retention) {
    this.#common = common
    this.#shortestMs = common.ms
    this.#zones = statement(db, (p: { after: number }) =>
      db.selectFrom('zones').select(['number', 'settings']).where('number', '>', p.after).orderBy('number').limit(sliceZones),
    )
  }

  /** What a zone keeps, by its settings as stored. */
  of(settings: Uint8Array): Retention {
    const { historyVersions, historyDays } = decodeSettings(settings)
    return { versions: historyVersions || this.#common.versions, ms: historyDays > 0 ? historyDays * dayMs : this.#common.ms }
  }

  /** How long is kept what belongs to no version. */
  get commonMs(): number {
    return this.#common.ms
  }

  /** No zone lets go of anything younger than this; known once `look` has seen all zones. */
  get shortestMs(): number {
    return this.#shortestMs
  }

  /** Looks at some more zones; true when there are more. */
  async look(): Promise<boolean> {
    const zones = await this.#zones({ after: this.#lookedAt })
    for (const { settings } of zones) this.#shortestMs = Math.min(this.#shortestMs, this.of(settings).ms)
    this.#lookedAt = zones.at(-1)?.number ?? this.#lookedAt
    return zones.length === sliceZones
  }

  /** Begins anew: settings change. */
  forget(): void {
    this.#shortestMs = this.#common.ms
    this.#lookedAt = 0
  }
}
