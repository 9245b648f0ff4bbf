/** Algorithms of TSIG by their names. */
import { strict as assert } from 'node:assert'
import { createHmac } from 'node:crypto'
import { test } from 'vitest'
import { defaultTSIGAlgorithm, isForbiddenTSIGAlgorithm, tsigAlgorithm, tsigAlgorithms } from './tsig-algorithm.ts'

for (const { name, text, found } of [
  { name: 'as it is written', text: 'hmac-sha256', found: 'hmac-sha256' },
  { name: 'in another case', text: 'HMAC-SHA512', found: 'hmac-sha512' },
  { name: 'as a domain name', text: 'hmac-sha384.', found: 'hmac-sha384' },
  { name: 'a truncated one is none', text: 'hmac-sha256-128', found: undefined },
  { name: 'MD5 is none', text: 'hmac-md5', found: undefined },
  { name: 'what objects have is none', text: 'constructor', found: undefined },
])
  test(`an algorithm: ${name}`, () => assert.equal(tsigAlgorithm(text)?.name, found))

test('each has as many octets as its MAC', () => {
  for (const { name, octets } of tsigAlgorithms)
    assert.equal(createHmac(name.replace('hmac-', ''), 'key').update('').digest().length, octets, name)
  assert.ok(tsigAlgorithm(defaultTSIGAlgorithm))
})

for (const { text, forbidden } of [
  { text: 'hmac-md5', forbidden: true },
  { text: 'HMAC-MD5.SIG-ALG.REG.INT.', forbidden: true },
  { text: 'hmac-md5.sig-alg.reg.int', forbidden: true },
  { text: 'hmac-sha1', forbidden: false },
  { text: 'hmac-md5x', forbidden: false },
])
  test(`${text} is ${forbidden ? 'forbidden' : 'not MD5'} (RFC 8945 §6)`, () =>
    assert.equal(isForbiddenTSIGAlgorithm(text), forbidden))
