/** What is done again and again. */
import type { Clock, Logger } from '@zonecast/runtime'

/** Runs something each so many milliseconds; a failure is logged as `failed`. */
export function every(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  ms: number,
  run: () => Promise<void>,
  failed: string,
): { cancel(): void } {
  let timer = clock.schedule(ms, again)
  function again(): void {
    timer = clock.schedule(ms, again)
    run().catch((error: unknown) => log.error({ err: error }, failed))
  }
  return { cancel: () => timer.cancel() }
}
