/** Guessing is slowed by name and address, and nobody is kept out by the guesses of others. */
import { strict as assert } from 'node:assert'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { Attempts, networkOf } from './attempts.ts'

function open() {
  const clock = fakeClock()
  const attempts = new Attempts(() => clock.now())
  const wrong = (name: string, address: string, times = 1) => {
    for (let i = 0; i < times; i++) attempts.begin(name, address)
  }
  return { clock, attempts, wrong, wait: (name: string, address: string) => attempts.waitMs(name, address) }
}

test('five passwords are free, then each wrong one doubles the wait, up to a quarter of an hour', () => {
  const { clock, wrong, wait } = open()
  wrong('ann', '192.0.2.1', 4)
  assert.equal(wait('ann', '192.0.2.1'), 0)
  const waits = []
  for (let i = 0; i < 12; i++) {
    wrong('ann', '192.0.2.1')
    waits.push(wait('ann', '192.0.2.1') / 1000)
    clock.advance({ ms: wait('ann', '192.0.2.1') })
    assert.equal(wait('ann', '192.0.2.1'), 0)
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
  clock.advance({ hours: 1 })
  wrong('ann', '192.0.2.1')
  assert.equal(wait('ann', '192.0.2.1'), 0)
})

test('a right password ends the wait, and one that was not compared is not counted', () => {
  const { attempts, wrong, wait } = open()
  wrong('ann', '192.0.2.1', 5)
  attempts.begin('ann', '192.0.2.1').undone()
  assert.equal(wait('ann', '192.0.2.1'), 1000)
  attempts.begin('ann', '192.0.2.1').right()
  assert.equal(wait('ann', '192.0.2.1'), 0)
})

test('whoever guesses at a name from elsewhere does not keep its owner out, at an address that is known or new', () => {
  const { attempts, wrong, wait } = open()
  attempts.begin('ann', '198.51.100.1').right()
  for (let i = 0; i < 200; i++) wrong('ann', `203.0.113.${i}`, 9)
  assert.equal(wait('ann', '198.51.100.1'), 0)
  assert.equal(wait('ann', '198.51.100.2'), 0)
  assert.equal(wait('bob', '198.51.100.2'), 0)
})

test('while a name is guessed at, a new address has one try, and one that is known has five', () => {
  const { attempts, wrong, wait } = open()
  attempts.begin('ann', '198.51.100.1').right()
  for (let i = 0; i < 20; i++) wrong('ann', `203.0.113.${i}`)
  wrong('ann', '198.51.100.2')
  assert.equal(wait('ann', '198.51.100.2'), 1000)
  wrong('ann', '198.51.100.1', 4)
  assert.equal(wait('ann', '198.51.100.1'), 0)
})

test('whoever tries many names from one address waits, and who was right from there before does not', () => {
  const { attempts, wrong, wait } = open()
  attempts.begin('ann', '192.0.2.1').right()
  for (let i = 0; i < 20; i++) wrong(`name ${i}`, '192.0.2.1')
  assert.equal(wait('bob', '192.0.2.1'), 1000)
  assert.equal(wait('ann', '192.0.2.1'), 0)
  for (let i = 0; i < 20; i++) wrong(`other ${i}`, '192.0.2.1')
  assert.equal(wait('bob', '192.0.2.1'), 60_000)
})

test('what is remembered is bounded', () => {
  const { wrong, wait } = open()
  for (let i = 0; i < 30_000; i++) wrong(`name ${i}`, `2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::1`)
  wrong('ann', '192.0.2.1', 5)
  assert.equal(wait('ann', '192.0.2.1'), 1000)
})

for (const { address, network } of [
  { address: '192.0.2.1', network: '192.0.2.1' },
  { address: '2001:db8:1:2:3:4:5:6', network: '2001:db8:1:2' },
  { address: '2001:db8:1:2:9::6', network: '2001:db8:1:2' },
  { address: '2001:0db8::1', network: '2001:db8:0:0' },
  { address: '::1', network: '0:0:0:0' },
  { address: 'fe80::1%eth0', network: 'fe80:0:0:0' },
  { address: '', network: '' },
])
  test(`${address || 'no address'} belongs to ${network || 'none'}`, () => assert.equal(networkOf(address), network))
