/** Waiting for what another program comes to by itself, and tells only who asks. */
import { strict as assert } from 'node:assert'
import { setTimeout as pause } from 'node:timers/promises'

const everyMs = 50
const most = 1_200

/** Asks again and again until it holds; where it never does, `what` says what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < most, what)
    await pause(everyMs)
  }
}

/** Attempts it again and again for as long as it fails in a way that passes; gives what it comes to. */
export async function untilDone<T>(
  what: string,
  attempt: () => Promise<T>,
  passes: (error: unknown) => boolean = () => true,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!passes(error)) throw error
      if (tries === most) throw new Error(what, { cause: error })
      await pause(everyMs)
    }
  }
}
