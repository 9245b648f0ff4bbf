/** The gate lets in as many as it says, in their order. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { Gate } from './gate.ts'

test('who comes when it is full waits for one to leave', async () => {
  const gate = new Gate(1)
  const { signal } = new AbortController()
  const leave = await gate.enter(signal)
  const order: string[] = []
  const second = gate.enter(signal).then((out) => (order.push('second'), out))
  const third = gate.enter(signal).then((out) => (order.push('third'), out))
  leave()
  leave()
  const leaveSecond = await second
  assert.deepEqual(order, ['second'])
  leaveSecond()
  await third
  assert.deepEqual(order, ['second', 'third'])
})

test('who gives up waiting takes no place', async () => {
  const gate = new Gate(1)
  const leave = await gate.enter(new AbortController().signal)
  const gone = new AbortController()
  const waiting = gate.enter(gone.signal)
  gone.abort(new Error('gone'))
  await assert.rejects(waiting, /gone/)
  leave()
  await gate.enter(new AbortController().signal)
})
