/** How long to wait before trying again: exponential, with full jitter. */

export interface BackoffOptions {
  /** Upper bound of the first wait. */
  readonly baseMs: number
  /** Upper bound of every wait. */
  readonly maxMs: number
}

/**
 * Milliseconds to wait before attempt `attempt` (0 is the first retry): a random moment below a bound that doubles. The whole
 * range is used, so that a thousand edges that lost one publisher do not come back together.
 */
export function backoff(attempt: number, { baseMs, maxMs }: BackoffOptions, random: () => number = Math.random): number {
  const boundMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 52))
  return Math.floor(random() * boundMs)
}
