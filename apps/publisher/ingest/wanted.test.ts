/** The queue of wanted zones: coalescing, fairness, pauses. */
import { strict as assert } from 'node:assert'
import { silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { Wanted } from './wanted.ts'

function subject({ limit = 1 } = {}) {
  const clock = fakeClock()
  const turns: string[] = []
  const behind = new Set<string>()
  const finish = new Map<string, (error?: Error) => void>()
  const wanted = new Wanted({
    clock,
    log: silentLogger(),
    limit,
    isBehind: (zone) => behind.has(zone),
    random: () => 0.5,
    run: (zone) => {
      turns.push(zone)
      return new Promise((resolve, reject) => finish.set(zone, (error) => (error ? reject(error) : resolve())))
    },
  })
  const end = async (zone: string, error?: Error) => {
    finish.get(zone)?.(error)
    await clock.pass({ ms: 0 })
  }
  return { clock, turns, behind, wanted, end }
}

test('a zone that is wanted a hundred times has one turn', async () => {
  const { wanted, turns, end } = subject()
  wanted.want('quiet.')
  for (let i = 0; i < 100; i++) wanted.want('hot.')
  assert.deepEqual(turns, ['quiet.'])
  await end('quiet.')
  await end('hot.')
  assert.deepEqual(turns, ['quiet.', 'hot.'])
  assert.equal(wanted.size, 0)
})

test('a zone that is behind again goes to the end: others have their turn first', async () => {
  const { wanted, turns, behind, end } = subject()
  behind.add('hot.')
  wanted.want('hot.')
  wanted.want('quiet.')
  await end('hot.')
  assert.deepEqual(turns, ['hot.', 'quiet.'])
  behind.clear()
  await end('quiet.')
  assert.deepEqual(turns, ['hot.', 'quiet.', 'hot.'])
})

test('a zone that fails pauses longer each time, and holds up nobody', async () => {
  const { wanted, turns, clock, end } = subject()
  wanted.want('broken.')
  wanted.want('quiet.')
  await end('broken.', new Error('away'))
  assert.deepEqual(turns, ['broken.', 'quiet.'])
  await end('quiet.')
  await clock.pass({ ms: 24 })
  assert.equal(turns.length, 2)
  await clock.pass({ ms: 1 })
  assert.equal(turns.at(-1), 'broken.')
  await end('broken.', new Error('away'))
  await clock.pass({ ms: 49 })
  assert.equal(turns.length, 3)
  await clock.pass({ ms: 1 })
  assert.equal(turns.length, 4)
})

test('pauses end when what was waited for is back', async () => {
  const { wanted, turns, end } = subject()
  wanted.want('broken.')
  await end('broken.', new Error('away'))
  wanted.wake()
  assert.deepEqual(turns, ['broken.', 'broken.'])
  wanted.close()
})
