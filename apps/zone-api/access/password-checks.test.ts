/** Whoever floods the zone API with passwords is refused; whatever is asked, one hash is compared. */
import { strict as assert } from 'node:assert'
import { Refusal } from '@zonecast/rpc'
import { test } from 'vitest'
import { PasswordChecks } from './password-checks.ts'
import { nobodysHash } from './password-hash.ts'

/** Compares when it is told to. */
function slowly(limits: ConstructorParameters<typeof PasswordChecks>[0]) {
  const compared: string[] = []
  const pending: (() => void)[] = []
  const checks = new PasswordChecks(limits, async (password, phc) => {
    compared.push(phc)
    await new Promise<void>((resolve) => pending.push(resolve))
    return phc === `hash of ${password}`
  })
  return { checks, compared, pending }
}

for (const { name, hashes, compared, found } of [
  { name: 'a name that is unknown', hashes: [], compared: [nobodysHash], found: undefined },
  { name: 'a wrong password', hashes: ['hash of b'], compared: ['hash of b'], found: undefined },
  { name: 'the right one', hashes: ['hash of a'], compared: ['hash of a'], found: 'hash of a' },
  { name: 'the second of two', hashes: ['hash of b', 'hash of a'], compared: ['hash of b', 'hash of a'], found: 'hash of a' },
])
  test(`${name}: a hash is compared`, async () => {
    const all: string[] = []
    const checks = new PasswordChecks({}, async (password, phc) => {
      all.push(phc)
      return phc === `hash of ${password}`
    })
    assert.equal(await checks.find('a', hashes, '192.0.2.1'), found)
    assert.deepEqual(all, compared)
  })

test('no more are compared at once than may be, few wait, and the rest come back later', async () => {
  const { checks, compared, pending } = slowly({ atOnce: 2, waiting: 2, ofOneAddress: 9 })
  const four = ['1', '2', '3', '4'].map((address) => checks.find('a', ['hash of a'], address))
  await Promise.resolve()
  assert.equal(compared.length, 2)
  await assert.rejects(checks.find('a', [], '5'), (error) => error instanceof Refusal && /too many passwords/.test(error.message))
  for (let done = 0; done < 4; done++) {
    pending.shift()!()
    await Promise.race(four.slice(done))
    await new Promise(setImmediate)
    assert.equal(pending.length, Math.min(2, 3 - done))
  }
  assert.deepEqual(await Promise.all(four), Array(4).fill('hash of a'))
})

test('one address takes some of the places, and leaves the others', async () => {
  const { checks, pending } = slowly({ atOnce: 4, waiting: 4, ofOneAddress: 2 })
  const two = [checks.find('a', [], '1'), checks.find('b', [], '1')]
  await assert.rejects(checks.find('c', [], '1'), Refusal)
  const other = checks.find('a', ['hash of a'], '2')
  await new Promise(setImmediate)
  for (const end of pending) end()
  assert.deepEqual(await Promise.all([...two, other]), [undefined, undefined, 'hash of a'])
  const again = checks.find('c', [], '1')
  await new Promise(setImmediate)
  pending.at(-1)!()
  assert.equal(await again, undefined)
})
