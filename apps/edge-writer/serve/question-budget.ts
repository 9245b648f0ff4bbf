/** How many of its own questions an edge may spend: under a flood of changes they would cost more than the changes. */
import type { Clock } from '@zonecast/runtime'

/** So many at once, which is more than one change asks, */
const mostQuestions = 64
/** and so many a millisecond after that. */
const questionsPerMs = 1

/** Gives how many of the questions that are asked for may be asked now. */
export function createBudget({ monotonicMs }: Pick<Clock, 'monotonicMs'>): (asked: number) => number {
  let left = mostQuestions
  let lastMs = monotonicMs()
  return (asked) => {
    const nowMs = monotonicMs()
    left = Math.min(mostQuestions, left + (nowMs - lastMs) * questionsPerMs)
    lastMs = nowMs
    const granted = Math.min(asked, Math.floor(left))
    left -= granted
    return granted
  }
}
