/** How long a function takes, over as many calls as a time allows. */
import { monotonicMs } from '../lib/poller.ts'

/** The last result is kept where the compiler cannot know that nobody reads it. */
const kept: { value: unknown } = { value: undefined }

/** Nanoseconds a call; at least one call, and more until `leastMs` is over. */
export function nanosecondsOf(run: () => unknown, leastMs: number): number {
  let calls = 0
  let elapsed = 0
  for (let batch = 1; elapsed < leastMs; batch *= 2) {
    const started = monotonicMs()
    for (let i = 0; i < batch; i++) kept.value = run()
    elapsed += monotonicMs() - started
    calls += batch
  }
  return (elapsed * 1e6) / calls
}
