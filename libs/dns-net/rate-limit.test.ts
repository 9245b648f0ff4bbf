/** What response rate limiting lets through. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { addressOctets } from './client-address.ts'
import { rateLimitDefaults, RateLimiter, type RateLimitOptions, type Verdict } from './rate-limit.ts'

const limiter = (more: Partial<RateLimitOptions> = {}) =>
  new RateLimiter({ ...rateLimitDefaults, responsesPerSecond: 5, ...more })
const at = addressOctets
const counts = (verdicts: readonly Verdict[]) => {
  const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length
  return { send: count('send'), slip: count('slip'), leak: count('leak'), drop: count('drop') }
}
const flood = (limit: RateLimiter, times: number, { client = '192.0.2.1', kind = 'answer', source = 'a', second = 100 } = {}) =>
  counts(Array.from({ length: times }, () => limit.judge(at(client), kind as 'answer', source, second)))

for (const { name, options = {}, expected } of [
  { name: 'five a second, then every other is truncated', expected: { send: 5, slip: 10, leak: 0, drop: 10 } },
  { name: 'slip 1 truncates all', options: { slip: 1 }, expected: { send: 5, slip: 20, leak: 0, drop: 0 } },
  { name: 'slip 0 truncates none', options: { slip: 0 }, expected: { send: 5, slip: 0, leak: 0, drop: 20 } },
  { name: 'leak 4 lets every fourth through', options: { slip: 0, leak: 4 }, expected: { send: 5, slip: 0, leak: 5, drop: 15 } },
])
  test(`a flood of 25: ${name}`, () => assert.deepEqual(flood(limiter(options), 25), expected))

test('another network, kind or name has an account of its own; another address of the network has not', () => {
  const limit = limiter()
  flood(limit, 25)
  assert.equal(flood(limit, 5, { client: '192.0.3.1' }).send, 5)
  assert.equal(flood(limit, 5, { kind: 'nodata' }).send, 5)
  assert.equal(flood(limit, 5, { source: 'b' }).send, 5)
  assert.equal(flood(limit, 5, { client: '192.0.2.99' }).send, 0)
})

test('an IPv6 network is a /56', () => {
  const limit = limiter()
  flood(limit, 25, { client: '2001:db8:0:ff00::1' })
  assert.equal(flood(limit, 5, { client: '2001:db8:0:ffff::2' }).send, 0)
  assert.equal(flood(limit, 5, { client: '2001:db8:0:fe00::1' }).send, 5)
})

test('a flood that stops is forgiven after the window, one that goes on is not', () => {
  const limit = limiter()
  flood(limit, 1000)
  assert.equal(flood(limit, 25, { second: 101 }).send, 0)
  assert.equal(flood(limit, 25, { second: 117 }).send, 5)
  const short = limiter()
  flood(short, 6)
  assert.equal(flood(short, 6, { second: 101 }).send, 4)
})

test('loopback is exempt unless told', () => {
  assert.equal(flood(limiter(), 25, { client: '127.0.0.1' }).send, 25)
  assert.equal(flood(limiter(), 25, { client: '::1' }).send, 25)
  assert.equal(flood(limiter({ limitLoopback: true }), 25, { client: '127.0.0.1' }).send, 5)
})

test('a full table forgets the oldest, and a flood goes on to be limited', () => {
  const limit = limiter({ maxAccounts: 100 })
  flood(limit, 25)
  for (let i = 0; i < 150; i++) flood(limit, 1, { source: String(i) })
  assert.equal(flood(limit, 5).send, 0)
})
