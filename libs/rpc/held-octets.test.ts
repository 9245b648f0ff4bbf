/** What connections may keep here. */
import { Code, ConnectError } from '@connectrpc/connect'
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { HeldOctets } from './held-octets.ts'

const mib = 1 << 20
const isExhausted = (error: unknown) => ConnectError.from(error).code === Code.ResourceExhausted

test('a connection keeps as much as it may, over all its calls', () => {
  const held = new HeldOctets({ heldOctets: 10 * mib, heldOctetsInAll: 100 * mib })
  const [one, other] = [held.on(connection), held.on(connection)]
  one.set(6 * mib)
  assert.throws(() => other.set(5 * mib), isExhausted)
  one.set(1 * mib)
  other.set(5 * mib)
  assert.equal(held.inAll, 6 * mib)
  one.set(0)
  other.set(0)
  assert.equal(held.inAll, 0)
})

test('where all together keep much, those are refused that keep much themselves', () => {
  const held = new HeldOctets({ heldOctets: 10 * mib, heldOctetsInAll: 15 * mib })
  held.on({}).set(10 * mib)
  held.on({}).set(5 * mib)
  const third = held.on({})
  assert.throws(() => third.set(3 * mib), isExhausted)
  third.set(1 * mib)
})

const connection = {}
