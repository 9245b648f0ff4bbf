/** How a refused release is mended. */
import type { NackReason } from './messages.ts'

/** Failures of one item that are mended at once. */
const quickMends = 2

/** True where no delta will do. */
export function needsWhole(reason: NackReason): boolean {
  return reason === 'DIGEST_MISMATCH' || reason === 'MALFORMED'
}

/** Ticks before the next attempt: what the edge cannot store or fetch takes time. */
export function pauseAfter(reason: NackReason, attempts: number): number {
  const isQuick = reason !== 'STORE_FAILED' && reason !== 'FETCH_FAILED' && attempts <= quickMends
  return isQuick ? 0 : 2 ** Math.min(attempts, 6)
}
