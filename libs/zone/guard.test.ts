/** The guard against emptying a zone by accident. */
import assert from 'node:assert/strict'
import { asSerial } from '@zonecast/dns'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { massDeleteGuard } from './guard.ts'
import { importSerial, serialForChange } from './serial-policy.ts'

for (const { name, before, removed, percent, refused } of [
  { name: 'a third of ten', before: 10, removed: 4, refused: true },
  { name: 'exactly 30 %', before: 10, removed: 3, refused: false },
  { name: 'all of nine', before: 9, removed: 9, refused: false },
  { name: 'one of ten where nothing may go', before: 10, removed: 1, percent: 0, refused: true },
  { name: 'nothing where nothing may go', before: 10, removed: 0, percent: 0, refused: false },
  { name: 'all where all may go', before: 10, removed: 10, percent: 100, refused: false },
  { name: 'the root zone of 2026 in place of that of 2020', before: 10_000, removed: 3400, refused: true },
]) {
  test(`massDeleteGuard: ${name}`, () => {
    const violation = massDeleteGuard({ before, removed, ...(percent === undefined ? {} : { percent }) })
    assert.equal(violation?.reason, refused ? 'MASS_DELETE' : undefined)
  })
}

test('massDeleteGuard: who may remove some may remove fewer', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), fc.nat(100), (before, removed, percent) => {
      if (massDeleteGuard({ before, removed, percent }) !== undefined) return
      assert.equal(massDeleteGuard({ before, removed: Math.max(0, removed - 1), percent }), undefined)
      assert.equal(massDeleteGuard({ before, removed, percent: 100 > percent ? percent + 1 : 100 }), undefined)
    }),
  )
})

for (const { name, previous, wanted, serial } of [
  { name: 'the next', previous: 7, serial: 8 },
  { name: 'round the circle (RFC 1982 §3.1)', previous: 0xffff_ffff, serial: 0 },
  { name: 'what a policy wants, where it is after', previous: 7, wanted: 2_026_112_301, serial: 2_026_112_301 },
  { name: 'the next where the policy is behind', previous: 2_026_112_399, wanted: 2_026_112_301, serial: 2_026_112_400 },
]) {
  test(`serialForChange: ${name}`, () =>
    assert.equal(serialForChange(asSerial(previous), wanted === undefined ? undefined : asSerial(wanted)), serial))
}

for (const { name, previous, file, serial, kept } of [
  { name: 'the first is the file’s', previous: undefined, file: 5, serial: 5, kept: true },
  { name: 'one that is after is the file’s', previous: 4, file: 5, serial: 5, kept: true },
  { name: 'the same serial with other content moves on', previous: 5, file: 5, serial: 6, kept: false },
  { name: 'one that is before moves on', previous: 9, file: 5, serial: 10, kept: false },
  { name: 'half the circle away is not after', previous: 0, file: 0x8000_0000, serial: 1, kept: false },
]) {
  test(`importSerial: ${name}`, () =>
    assert.deepEqual(importSerial(previous === undefined ? undefined : asSerial(previous), asSerial(file)), { serial, kept }))
}
