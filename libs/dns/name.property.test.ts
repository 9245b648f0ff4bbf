/** Laws of names. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { compareNames } from './name-order.ts'
import {
  ancestorAt,
  equalNames,
  foldName,
  formatName,
  isAtOrBelow,
  labelCount,
  labelsOf,
  type Name,
  nameKey,
  parseName,
  scanName,
} from './name.ts'
import { anyName } from './test-names.ts'

test('any name goes through text and back', () => {
  fc.assert(fc.property(anyName, (name) => assert.deepEqual(parseName(formatName(name)), name)))
})

test('a name ends where scanName says, whatever surrounds it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5 }), anyName, fc.uint8Array({ maxLength: 5 }), (before, name, after) => {
      const bytes = Uint8Array.from([...before, ...name, ...after])
      assert.equal(scanName(bytes, before.length, bytes.length), before.length + name.length)
    }),
  )
})

/** Order written down the slow way: folded labels from the root, compared as arrays. */
function slowCompare(a: Name, b: Name): number {
  const key = (name: Name) =>
    labelsOf(foldName(name))
      .toReversed()
      .map((octets) => [...octets])
  const [left, right] = [key(a), key(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]]
    if (x === undefined || y === undefined) return left.length - right.length
    for (let at = 0; at < Math.max(x.length, y.length); at++) {
      if (x[at] !== y[at]) return (x[at] ?? -1) - (y[at] ?? -1)
    }
  }
  return 0
}

test('canonical order is total and agrees with equality', () => {
  fc.assert(
    fc.property(anyName, anyName, anyName, (a, b, c) => {
      assert.equal(Math.sign(compareNames(a, b)), Math.sign(slowCompare(a, b)))
      assert.equal(Math.sign(compareNames(a, b)) + Math.sign(compareNames(b, a)), 0)
      assert.equal(compareNames(a, b) === 0, equalNames(a, b))
      assert.equal(nameKey(a) === nameKey(b), equalNames(a, b))
      const [x, y, z] = [a, b, c].toSorted(compareNames)
      assert.ok(compareNames(x!, z!) <= 0 && compareNames(x!, y!) <= 0)
    }),
  )
})

test('an ancestor comes before what is below it', () => {
  fc.assert(
    fc.property(anyName, fc.nat(5), (name, labels) => {
      const ancestor = ancestorAt(name, labels)
      assert.ok(isAtOrBelow(name, ancestor))
      assert.ok(compareNames(ancestor, name) <= 0)
      assert.equal(labelCount(ancestor), Math.min(labels, labelCount(name)))
    }),
  )
})
