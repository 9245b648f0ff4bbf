/** What was sealed opens in its place, under its key, and nowhere else. */
import { strict as assert } from 'node:assert'
import * as fc from 'fast-check'
import { inspect } from 'node:util'
import { test } from 'vitest'
import { makeSealKey } from './key-file.ts'
import { seal, SealBroken, sealedUnder, sealKey, unseal } from './seal.ts'

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(sealKey)
const secrets = fc.uint8Array({ maxLength: 600 })
const places = fc.record({ kind: fc.string({ maxLength: 20 }), name: fc.string({ maxLength: 60 }) })

test('what was sealed opens in its place, and says which key it wants', () => {
  fc.assert(
    fc.property(keys, secrets, places, (key, secret, place) => {
      const sealed = seal(key, secret, place)
      assert.equal(sealedUnder(sealed), key.id)
      assert.deepEqual(unseal(key, sealed, place), secret)
    }),
  )
})

test('an octet that was altered, added or taken away breaks the seal', () => {
  fc.assert(
    fc.property(keys, secrets, places, fc.nat(), fc.integer({ min: 1, max: 255 }), (key, secret, place, at, by) => {
      const sealed = seal(key, secret, place)
      const altered = sealed.slice()
      altered[at % sealed.length]! ^= by
      for (const wrong of [altered, sealed.slice(0, at % sealed.length), Uint8Array.of(...sealed, by)])
        assert.throws(() => unseal(key, wrong, place), SealBroken)
    }),
  )
})

test('the same octets in another row do not open', () => {
  fc.assert(
    fc.property(keys, secrets, places, places, (key, secret, place, other) => {
      fc.pre(place.kind !== other.kind || place.name !== other.name)
      assert.throws(() => unseal(key, seal(key, secret, place), other), SealBroken)
    }),
  )
  const key = makeSealKey()
  const sealed = seal(key, new Uint8Array(32), { kind: 'ab', name: 'c' })
  assert.throws(() => unseal(key, sealed, { kind: 'a', name: 'bc' }), SealBroken)
})

test('another key opens nothing, also where it claims the id', () => {
  fc.assert(
    fc.property(keys, keys, secrets, places, (key, other, secret, place) => {
      fc.pre(key.id !== other.id)
      const sealed = seal(key, secret, place)
      assert.throws(() => unseal(other, sealed, place), SealBroken)
      assert.throws(() => unseal({ id: key.id, key: other.key }, sealed, place), SealBroken)
    }),
  )
})

test('two seals of one secret are not alike, and nothing of it shows', () => {
  const key = makeSealKey()
  const secret = new Uint8Array(32).fill(7)
  const place = { kind: 'tsig', name: 'k.' }
  const [one, two] = [seal(key, secret, place), seal(key, secret, place)]
  assert.notDeepEqual(one, two)
  assert.ok(!Buffer.from(one).includes(Buffer.from(secret.subarray(0, 4))))
  assert.ok(!inspect(key, { depth: 9 }).includes(key.key.export().toString('hex')))
  assert.ok(!JSON.stringify(key).includes(key.key.export().toString('base64')))
})

test('a format of later and what is too short are refused', () => {
  const key = makeSealKey()
  const place = { kind: 'tsig', name: 'k.' }
  const sealed = seal(key, new Uint8Array(16), place)
  for (const wrong of [Uint8Array.of(2, ...sealed.subarray(1)), sealed.subarray(0, 20), new Uint8Array()])
    assert.throws(() => sealedUnder(wrong), SealBroken)
})

/** Made once by this code: a database of before must open for ever. */
test('a secret that was sealed by the first version opens', () => {
  const key = sealKey(new Uint8Array(Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex')))
  const place = { kind: 'tsig', name: 'transfer.harbour.example.' }
  const sealed = Buffer.from(
    '019d2d2385bbfb037c448c6718d828a8ced2ee22fd534cafc428132350a625831da3455c0a8c0535f49f2ace1c29fc0f7a527a3740',
    'hex',
  )
  assert.equal(Buffer.from(unseal(key, new Uint8Array(sealed), place)).toString(), 'sixteen octets!!')
})
