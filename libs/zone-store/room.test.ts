/** What waits for room on a full disk, and what does not. */
import { strict as assert } from 'node:assert'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'vitest'
import { silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { Room } from './room.ts'

function open() {
  const clock = fakeClock()
  const disk = { full: false, broken: false }
  const broken: Error[] = []
  const written: string[] = []
  const room = new Room(clock, silentLogger(), (error) => broken.push(error))
  const write = (what: string) => async () => {
    if (disk.full) throw new Error('the store could not be written: No space left on device')
    if (disk.broken) throw new Error('the store could not be written: Input/output error')
    written.push(what)
  }
  return { clock, disk, broken, written, room, write }
}

test('positions wait for room, in order, and what comes after them is refused until they are written', async () => {
  const { clock, disk, written, room, write } = open()
  disk.full = true
  const waiting = Promise.all([room.insist(write('first')), room.insist(write('second'))])
  await turn()
  assert.ok(room.lacking)
  disk.full = false
  await assert.rejects(room.attempt(write('release')), /No space left/)
  for (let i = 0; i < 4; i++) {
    clock.advance({ seconds: 1 })
    await turn()
  }
  await waiting
  await room.attempt(write('later'))
  assert.deepEqual(written, ['first', 'second', 'later'])
  assert.equal(room.lacking, false)
})

test('a release that finds no room is refused, and says nothing of the next', async () => {
  const { disk, written, room, write } = open()
  disk.full = true
  await assert.rejects(room.attempt(write('a')), /No space left/)
  disk.full = false
  await room.attempt(write('b'))
  assert.deepEqual(written, ['b'])
})

test('a write that was cut short on a full disk is no failing disk', async () => {
  const broken: Error[] = []
  const room = new Room(
    fakeClock(),
    silentLogger(),
    (error) => broken.push(error),
    () => true,
  )
  const short = () => Promise.reject(new Error('the store could not be written: Input/output error'))
  await assert.rejects(room.attempt(short), /No space left/)
  assert.ok(room.lacking)
  assert.deepEqual(broken, [])
})

test('a disk that fails is told, and nothing waits for it', async () => {
  const { disk, broken, room, write } = open()
  disk.broken = true
  await assert.rejects(room.insist(write('a')), /Input\/output/)
  assert.equal(broken.length, 1)
})
