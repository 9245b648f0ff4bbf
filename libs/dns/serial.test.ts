/** Serials go round a circle (RFC 1982). */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { addSerial, asSerial, isAfter, nextSerial } from './serial.ts'

for (const { name, a, b, after } of [
  { name: 'one step', a: 1, b: 0, after: true },
  { name: 'one step back', a: 0, b: 1, after: false },
  { name: 'the same', a: 7, b: 7, after: false },
  { name: 'past the wrap', a: 0, b: 0xffff_ffff, after: true },
  { name: 'back over the wrap', a: 0xffff_ffff, b: 0, after: false },
  { name: 'one less than half the circle', a: 0x7fff_ffff, b: 0, after: true },
  { name: 'half the circle apart has no order (RFC 1982 §3.2)', a: 0x8000_0000, b: 0, after: false },
  { name: 'half the circle apart has no order either way', a: 0, b: 0x8000_0000, after: false },
  { name: 'one more than half the circle', a: 0x8000_0001, b: 0, after: false },
])
  test(`isAfter: ${name}`, () => assert.equal(isAfter(asSerial(a), asSerial(b)), after))

test('a serial is a 32-bit number', () => {
  for (const value of [-1, 0x1_0000_0000, 1.5, NaN]) assert.throws(() => asSerial(value), RangeError)
})

test('addition wraps, and at most 2³¹−1 can be added (§3.1)', () => {
  assert.equal(nextSerial(asSerial(0xffff_ffff)), 0)
  assert.equal(addSerial(asSerial(0xffff_fff0), 0x20), 0x10)
  for (const steps of [-1, 0x8000_0000, 0.5]) assert.throws(() => addSerial(asSerial(0), steps), RangeError)
})

test('the sum comes after the serial', () => {
  const serial = fc.nat(0xffff_ffff).map(asSerial)
  fc.assert(fc.property(serial, fc.integer({ min: 1, max: 0x7fff_ffff }), (s, n) => assert.ok(isAfter(addSerial(s, n), s))))
})
