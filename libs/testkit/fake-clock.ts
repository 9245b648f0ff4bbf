/** A clock that a test moves by hand. */
import type { Clock } from '@zonecast/runtime'

export interface Duration {
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly ms?: number
}

export interface FakeClock extends Clock {
  /** Moves time on, running what falls due in order, each at its own moment. */
  advance(by: Duration): void
  /** Like `advance`, and lets pending promises settle before, between and after, so that what they schedule also runs. */
  pass(by: Duration): Promise<void>
  /** How many things are going to happen. */
  readonly pending: number
}

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A fake clock that stands at `startMs` (Unix milliseconds) until it is moved. */
export function fakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<Timer>()
  let nowMs = startMs
  let order = 0

  const nextUntil = (endMs: number): Timer | undefined =>
    [...timers].filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
  const fire = (timer: Timer) => {
    timers.delete(timer)
    nowMs = Math.max(nowMs, timer.atMs)
    timer.run()
  }
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    schedule(delayMs, run) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), order: order++, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance(by) {
      const endMs = nowMs + milliseconds(by)
      for (let timer = nextUntil(endMs); timer; timer = nextUntil(endMs)) fire(timer)
      nowMs = endMs
    },
    async pass(by) {
      const endMs = nowMs + milliseconds(by)
      await settled()
      for (let timer = nextUntil(endMs); timer; timer = nextUntil(endMs)) {
        fire(timer)
        await settled()
      }
      nowMs = endMs
    },
    get pending() {
      return timers.size
    },
  }
}

function milliseconds({ hours = 0, minutes = 0, seconds = 0, ms = 0 }: Duration): number {
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
}

/** One turn of the event loop: every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
