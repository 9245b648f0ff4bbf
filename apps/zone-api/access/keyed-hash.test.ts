/** What is hashed under a key is what HMAC makes of it. */
import { strict as assert } from 'node:assert'
import { createHmac, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { keyedHash } from './keyed-hash.ts'

test('it is HMAC, whatever the key and the text, one after the other', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.array(fc.string({ unit: 'grapheme' })), (key, texts) => {
      const keyed = keyedHash(key, 10_000)
      for (const text of texts) assert.equal(keyed(text), createHmac('sha256', key).update(text, 'utf8').digest('base64'))
    }),
  )
})

test('another key makes another hash, and a text that is too long makes none', () => {
  const [one, other] = [keyedHash(randomBytes(32), 2), keyedHash(randomBytes(32), 2)]
  assert.notEqual(one('a'), other('a'))
  assert.equal(one('é').length, 44)
  assert.throws(() => one('éa'), RangeError)
})
