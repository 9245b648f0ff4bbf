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
