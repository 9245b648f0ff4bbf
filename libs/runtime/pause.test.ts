/** A pause ends by the clock or by its signal, whichever comes first. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { pause } from './pause.ts'

/** What was asked of the clock; the test says when it is due. */
function hands() {
  const asked: { readonly ms: number; readonly run: () => void; isCancelled: boolean }[] = []
  const schedule = (ms: number, run: () => void) => {
    const one = { ms, run, isCancelled: false }
    asked.push(one)
    return { cancel: () => void (one.isCancelled = true) }
  }
  return { asked, clock: { schedule } }
}

test('it lasts as long as it is asked to', async () => {
  const { asked, clock } = hands()
  const paused = pause(clock, 1_000, new AbortController().signal)
  assert.equal(asked[0]!.ms, 1_000)
  asked[0]!.run()
  await paused
})

test('a signal ends it, and nothing is left behind', async () => {
  const { asked, clock } = hands()
  const stop = new AbortController()
  const paused = pause(clock, 1_000, stop.signal)
  stop.abort()
  await paused
  assert.equal(asked[0]!.isCancelled, true)
})

test('a signal that was given before lets it not begin', async () => {
  const { asked, clock } = hands()
  await pause(clock, 1_000, AbortSignal.abort())
  assert.equal(asked.length, 0)
})
