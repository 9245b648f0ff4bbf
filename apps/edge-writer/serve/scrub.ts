/** The background scrub: reads all zones through, slowly, and has mended what was altered on disk. */
import type { Clock, Logger, Metrics } from '@zonecast/runtime'
import type { ZoneScrub, ZoneStore } from '@zonecast/zone-store'

export interface ScrubOptions {
  readonly store: Pick<ZoneStore, 'zones' | 'scrub' | 'doubt' | 'get'>
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
  const counts = scrubMetrics(options.metrics)
  let waiting: string[] = []
  let current: ZoneScrub | undefined
  let pauseMs = longestPauseMs
  let startedAt = clock.now()
  let passedAt: number | undefined
  let timer = passMs > 0 ? clock.schedule(shortestPauseMs, turn) : undefined

  function turn(): void {
    try {
      step()
    } catch (error) {
      // The store could not be read at all: that is told, and tried again.
      log.error({ err: error, zone: current?.zone }, 'the scrub could not read a zone')
      current = undefined
    }
    timer = clock.schedule(pauseMs, turn)
  }

  function step(): void {
    current ??= next()
    if (current === undefined) return
    const before = current.octets
    const outcome = current.step(sliceOctets)
    counts.octets.inc(current.octets - before)
    if (outcome.kind === 'more') return
    if (outcome.kind === 'damaged') found(current.zone, outcome.reason)
    current = undefined
    if (waiting.length === 0) passed()
  }

  function next(): ZoneScrub | undefined {
    if (waiting.length === 0) beginPass()
    const zone = waiting.pop()
    return zone === undefined ? undefined : store.scrub(zone)
  }

  /** As many turns as there are slices, spread over the time of a pass. */
  function beginPass(): void {
    let turns = 0
    waiting = []
    for (const { zone, header } of store.zones()) {
      if (header.state.deleted) continue
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

  return { passedAt: () => passedAt, close: () => timer?.cancel() }
}

function scrubMetrics(metrics: Metrics) {
  return {
    octets: metrics.counter({ name: 'zonecast_edge_scrub_octets_total', help: 'Octets of pages that the scrub has read.' }),
    passes: metrics.counter({ name: 'zonecast_edge_scrub_passes_total', help: 'Passes of the scrub over all zones.' }),
    passSeconds: metrics.gauge({ name: 'zonecast_edge_scrub_pass_seconds', help: 'What the last pass of the scrub took.' }),
    damaged: metrics.counter({
      name: 'zonecast_edge_scrub_damaged_total',
      help: 'Zones that the scrub found altered on disk.',
    }),
  }
}
