/** The background scrub: reads all zones through, slowly, and has mended what was altered on disk. */
import type { Clock, Logger, Metrics } from '@zonecast/runtime'
import type { ZoneScrub } from './scrub.ts'
import type { ZoneStore } from './store-types.ts'

export interface ScrubOptions {
  readonly store: Pick<ZoneStore, 'zones' | 'scrub' | 'doubt' | 'get' | 'touch'>
  /** The program, as metrics call it. */
  readonly program: 'edge' | 'publisher'
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  /** What one pass over all zones takes, in milliseconds, where there is not too much of it; 0 turns the scrub off. */
  readonly passMs: number
  /** Has a zone fetched anew. */
  readonly damaged: (zone: string, reason: string) => void
}

export interface Scrub {
  /** When the last pass over all zones ended, in Unix milliseconds. */
  passedAt(): number | undefined
  /** Reads a zone next: somebody has had something of it that was not right. */
  suspect(zone: string): void
  close(): void
}

/** One slice takes about a millisecond. */
const sliceOctets = 64 << 10
/** However much there is to read, the scrub takes no more than about a tenth of the thread. */
const shortestPauseMs = 10
const longestPauseMs = 60_000

/** A pass ends before the next begins; one that a restart cut short begins anew. */
export function startScrub(options: ScrubOptions): Scrub {
  const { store, clock, log, passMs } = options
  const counts = scrubMetrics(options.metrics, options.program)
  let waiting: string[] = []
  let current: ZoneScrub | undefined
  let pauseMs = longestPauseMs
  let startedAt = clock.now()
  let passedAt: number | undefined
  let timer = passMs > 0 ? clock.schedule(shortestPauseMs, turn) : undefined
  /** Zones to be read before those of the pass go on, each once. */
  const suspected = new Set<string>()

  function turn(): void {
    try {
      step()
    } catch (error) {
      // The store could not be read at all: that is told, and tried again.
      log.error({ err: error, zone: current?.zone }, 'the scrub could not read a zone')
      current = undefined
    }
    timer = passMs > 0 || suspected.size > 0 ? clock.schedule(suspected.size > 0 ? shortestPauseMs : pauseMs, turn) : undefined
  }

  function step(): void {
    current ??= next()
    if (current === undefined) return
    const before = current.octets
    const outcome = current.step(sliceOctets)
    counts.octets.inc(current.octets - before)
    if (outcome.kind === 'more') return
    if (outcome.kind === 'damaged') found(current.zone, outcome.reason)
    if (outcome.kind === 'lost') putBack(current.zone)
    const isOfPass = !suspected.delete(current.zone)
    current = undefined
    if (isOfPass && waiting.length === 0) passed()
  }

  function next(): ZoneScrub | undefined {
    const [first] = suspected
    if (first !== undefined) return store.scrub(first)
    if (waiting.length === 0) beginPass()
    const zone = waiting.pop()
    return zone === undefined ? undefined : store.scrub(zone)
  }

  /** As many turns as there are slices, spread over the time of a pass. */
  function beginPass(): void {
    let turns = 0
    waiting = []
    for (const { zone, header } of store.zones()) {
      waiting.push(zone)
      turns += 1 + Math.floor(header.contentOctets / sliceOctets)
    }
    startedAt = clock.now()
    pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, passMs / Math.max(1, turns)))
  }

  function passed(): void {
    passedAt = clock.now()
    counts.passes.inc()
    counts.passSeconds.set((passedAt - startedAt) / 1000)
  }

  function found(zone: string, reason: string): void {
    counts.damaged.inc()
    log.error({ zone, version: store.get(zone)?.header.state.version, reason }, 'a zone was altered on disk and is fetched anew')
    store.doubt(zone)
    options.damaged(zone, reason)
  }

  /** Memory knows what stood in a record; of a tombstone that is all there is. */
  function putBack(zone: string): void {
    counts.damaged.inc()
    log.error({ zone }, "a zone's record was altered or lost on disk and is written again")
    store.touch(zone, 0n).catch((error: unknown) => log.error({ err: error, zone }, 'the record could not be written again'))
  }

  function suspect(zone: string): void {
    const isFirst = suspected.size === 0
    suspected.add(zone)
    if (!isFirst) return
    // The pass goes on with the zone that it is at from its beginning.
    if (current) waiting.push(current.zone)
    current = undefined
    timer?.cancel()
    timer = clock.schedule(shortestPauseMs, turn)
  }

  return { passedAt: () => passedAt, suspect, close: () => timer?.cancel() }
}

function scrubMetrics(metrics: Metrics, program: ScrubOptions['program']) {
  const prefix = `zonecast_${program}_scrub`
  return {
    octets: metrics.counter({ name: `${prefix}_octets_total`, help: 'Octets of pages that the scrub has read.' }),
    passes: metrics.counter({ name: `${prefix}_passes_total`, help: 'Passes of the scrub over all zones.' }),
    passSeconds: metrics.gauge({ name: `${prefix}_pass_seconds`, help: 'What the last pass of the scrub took.' }),
    damaged: metrics.counter({
      name: `${prefix}_damaged_total`,
      help: 'Zones that the scrub found altered on disk.',
    }),
  }
}
