/** Asks for the answers to what was applied: one check a zone at a time, each for the newest state. */
import { nameKey, parseName } from '@zonecast/dns'
import { wallMs } from '@zonecast/runtime'
import {
  compareStates,
  maxTouchedQuestions,
  touchedQuestions,
  type Delta,
  type TouchedQuestion,
  type ZoneState,
} from '@zonecast/zone'

/** Asks the edge's own DNS server until it answers this state; resolves with the moment in Unix milliseconds. */
export type SelfCheck = (zone: string, state: ZoneState, touched: readonly TouchedQuestion[]) => Promise<number>

export interface Answered {
  readonly zone: string
  readonly shard: number
  readonly state: ZoneState
  readonly at: number
  /** When it was first asked for, with a fraction. */
  readonly askedAt: number
}

interface Watched {
  wanted: { readonly shard: number; readonly state: ZoneState; readonly done: () => void } | undefined
  /** What changes touched that no finished check has asked for. */
  touched: readonly TouchedQuestion[]
  running: boolean
}

export interface AnswerWatchOptions {
  readonly check: SelfCheck
  readonly answered: (answer: Answered) => void
  /** Starts to time a step; what it gives ends it. */
  readonly timer: () => () => void
  /** A check rejected: it was interrupted. */
  readonly failed: (error: unknown) => void
}

/** Zones whose touched names are remembered, some kilobytes each; of those beyond it only the SOA is asked for. */
const rememberedZones = 1024

export class AnswerWatch {
  readonly #options: AnswerWatchOptions
  readonly #zones = new Map<string, Watched>()

  constructor(options: AnswerWatchOptions) {
    this.#options = options
  }

  /** Notes what a delta touched, to be asked for by the next check of the zone. */
  touched(zone: string, delta: Delta): void {
    if (this.#zones.size >= rememberedZones && !this.#zones.has(zone)) return
    const watched = this.#watched(zone)
    // The SOA comes first, and is asked for by every check.
    const [, ...questions] = touchedQuestions(parseName(zone), delta)
    const byKey = new Map([...watched.touched, ...questions].map((one) => [`${one.type} ${nameKey(one.name)}`, one]))
    watched.touched = [...byKey.values()].slice(-maxTouchedQuestions)
  }

  verify(zone: string, shard: number, state: ZoneState): void {
    const watched = this.#watched(zone)
    if (watched.wanted === undefined || compareStates(watched.wanted.state, state) < 0) {
      watched.wanted = { shard, state, done: watched.wanted?.done ?? this.#options.timer() }
    }
    if (!watched.running) void this.#run(zone, watched)
  }

  #watched(zone: string): Watched {
    const known = this.#zones.get(zone)
    if (known !== undefined) return known
    const watched: Watched = { wanted: undefined, touched: [], running: false }
    this.#zones.set(zone, watched)
    return watched
  }

  async #run(zone: string, watched: Watched): Promise<void> {
    watched.running = true
    try {
      while (watched.wanted !== undefined) {
        const { wanted, touched } = watched
        watched.wanted = undefined
        watched.touched = []
        const askedAt = wallMs()
        const at = await this.#options.check(zone, wanted.state, touched)
        wanted.done()
        this.#options.answered({ zone, shard: wanted.shard, state: wanted.state, at, askedAt })
      }
      // What a change touched whose check is still to be asked for stays.
      if (watched.touched.length === 0) this.#zones.delete(zone)
      watched.running = false
    } catch (error) {
      this.#zones.delete(zone)
      this.#options.failed(error)
    }
  }
}
