/** Which zones are served. The octets are those of `ZoneSettings`: tag, value. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { isDisabled, isServed } from './served.ts'

const state = { generation: 1n, version: 1n, serial: 1, digest: new Uint8Array(32), deleted: false }

for (const { name, octets, disabled } of [
  { name: 'no settings', octets: [], disabled: false },
  { name: 'the defaults', octets: [8, 1, 18, 7, ...Buffer.from('default'), 24, 30, 32, 0x90, 0x1c], disabled: false },
  { name: 'disabled after a placement', octets: [18, 2, 56, 1, 24, 30, 56, 1], disabled: true },
  { name: 'a placement that looks like it', octets: [18, 2, 56, 1], disabled: false },
  { name: 'a TTL that looks like it', octets: [40, 56, 48, 1], disabled: false },
  { name: 'a later setting that nobody knows yet', octets: [56, 1, 0x82, 1, 1, 7, 0x80, 1, 5], disabled: true },
])
  test(`isDisabled: ${name}`, () => {
    assert.equal(isDisabled(Uint8Array.from(octets)), disabled)
    assert.equal(isServed({ state, settings: Uint8Array.from(octets) }), !disabled)
  })

test('isServed: a tombstone never is', () =>
  assert.ok(!isServed({ state: { ...state, deleted: true }, settings: new Uint8Array() })))

test('isDisabled: any octets come to an end', () =>
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => void isDisabled(octets))))
