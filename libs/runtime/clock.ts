/** Time as a port: what the clock says, how long something took, and what is to happen later. */
import { performance } from 'node:perf_hooks'

/** The one way to time. Programs get `systemClock`; tests get `fakeClock()` of `@zonecast/testkit`. */
export interface Clock {
  /** Unix time in milliseconds; it can jump when the machine's clock is set. */
  now(): number
  /** Milliseconds since some fixed moment; it never goes back, so durations come from it. */
  monotonicMs(): number
  /** Runs `run` once after `delayMs`, unless cancelled before. */
  schedule(delayMs: number, run: () => void): Scheduled
}

/** Something that is going to happen. */
export interface Scheduled {
  cancel(): void
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}
