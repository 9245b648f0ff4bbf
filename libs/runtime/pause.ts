/** Waiting that can be called off. */
import type { Clock } from './clock.ts'

/** Resolves after so many milliseconds, or as soon as the signal aborts, if there is one. */
export async function pause(clock: Pick<Clock, 'schedule'>, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const over = () => resolve()
  const timer = clock.schedule(ms, over)
  signal?.addEventListener('abort', over)
  await promise
  signal?.removeEventListener('abort', over)
  timer.cancel()
}
