/** Page keys in order, and what belongs to them, while keys come and go. */
import * as fc from 'fast-check'
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { compareKeys } from '@zonecast/zone'
import { Directory } from './directory.ts'

const keyArb = fc.uint8Array({ minLength: 1, maxLength: 3, max: 5 })
const keysArb = fc.uniqueArray(keyArb, { selector: (key) => key.join(), maxLength: 30 }).map((keys) => keys.toSorted(compareKeys))
const textsOf = (keys: readonly Uint8Array[]) => keys.map((key) => key.join())

test('patched: what was put is there, what was deleted is not, in key order', () => {
  fc.assert(
    fc.property(keysArb, keysArb, keysArb, (keys, puts, deletes) => {
      const directory = new Directory(keys)
      const patched = directory.patched(
        puts.map((key) => ({ key, content: new Uint8Array() })),
        deletes.filter((key) => !textsOf(puts).includes(key.join())),
      )
      const expected = new Set([...textsOf(keys), ...textsOf(puts)])
      for (const key of textsOf(deletes)) if (!textsOf(puts).includes(key)) expected.delete(key)
      assert.deepEqual(new Set(textsOf(patched.keys)), expected)
      assert.deepEqual(textsOf(patched.keys), textsOf(patched.keys.toSorted(compareKeys)))
    }),
  )
})

test('carried: what belongs to a key stays with it, and a key that has come has nothing', () => {
  fc.assert(
    fc.property(keysArb, keysArb, keysArb, (keys, puts, deletes) => {
      const directory = new Directory(keys)
      const patched = directory.patched(
        puts.map((key) => ({ key, content: new Uint8Array() })),
        deletes,
      )
      const carried = patched.carried(directory, textsOf(keys))
      for (const [index, key] of patched.keys.entries()) {
        assert.equal(carried[index], keys.some((one) => one === key) ? key.join() : undefined)
      }
    }),
  )
})
