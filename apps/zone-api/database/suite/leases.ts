/** Laws of leases. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Law } from './laws.ts'

const long = { name: 'one', state: 'open', forMs: 60_000 }

export const leaseLaws: Law[] = [
  [
    'a lease is held by one, who says how it goes, and by another once it is dropped',
    async ({ database }) => {
      assert.deepEqual(await database.holdLease({ ...long, holder: 'a' }), { holder: 'a', state: 'open' })
      assert.deepEqual(await database.holdLease({ ...long, holder: 'b', state: 'new' }), { holder: 'a', state: 'open' })
      assert.deepEqual(await database.holdLease({ ...long, holder: 'a', state: 'busy' }), { holder: 'a', state: 'busy' })
      assert.deepEqual(await database.holdLease({ ...long, name: 'two', holder: 'b' }), { holder: 'b', state: 'open' })
      await database.dropLease({ name: 'one', holder: 'b' })
      assert.equal((await database.holdLease({ ...long, holder: 'b' })).holder, 'a')
      await database.dropLease({ name: 'one', holder: 'a' })
      assert.equal((await database.holdLease({ ...long, holder: 'b' })).holder, 'b')
    },
  ],
  [
    'a lease that is not renewed runs out',
    async ({ database }) => {
      await database.holdLease({ ...long, holder: 'a', forMs: 1 })
      let held = await database.holdLease({ ...long, holder: 'b' })
      while (held.holder === 'a') {
        await sleep(1)
        held = await database.holdLease({ ...long, holder: 'b' })
      }
      assert.equal(held.holder, 'b')
    },
  ],
]
