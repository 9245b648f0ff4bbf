/** Hexadecimal, base64 and base32hex, by RFC 4648 and by what Node says. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { decodeBase32Hex, decodeBase64, decodeHex, encodeBase32Hex, encodeBase64, encodeHex } from './base-encodings.ts'

for (const { text, base64, base32, hex } of [
  { text: '', base64: '', base32: '', hex: '' },
  { text: 'f', base64: 'Zg==', base32: 'CO', hex: '66' },
  { text: 'fo', base64: 'Zm8=', base32: 'CPNG', hex: '666F' },
  { text: 'foo', base64: 'Zm9v', base32: 'CPNMU', hex: '666F6F' },
  { text: 'foob', base64: 'Zm9vYg==', base32: 'CPNMUOG', hex: '666F6F62' },
  { text: 'fooba', base64: 'Zm9vYmE=', base32: 'CPNMUOJ1', hex: '666F6F6261' },
  { text: 'foobar', base64: 'Zm9vYmFy', base32: 'CPNMUOJ1E8', hex: '666F6F626172' },
]) {
  test(`"${text}" (RFC 4648 §10)`, () => {
    const octets = new Uint8Array(Buffer.from(text))
    assert.deepEqual([encodeBase64(octets), encodeBase32Hex(octets), encodeHex(octets)], [base64, base32, hex])
    assert.deepEqual([decodeBase64(base64), decodeBase32Hex(base32), decodeHex(hex)], [octets, octets, octets])
    assert.deepEqual([decodeBase32Hex(base32.toLowerCase()), decodeHex(hex.toLowerCase())], [octets, octets])
  })
}

for (const text of ['Zg', 'Zg=', 'Zh==', 'Zm9=', 'Z===', '====', 'Zg==Zg==', 'Zm-_', 'Zm9v\n', 'Zm9€']) {
  test(`refused as base64: ${JSON.stringify(text)}`, () => assert.equal(decodeBase64(text), undefined))
}
for (const text of ['C', 'CP1', 'CPNMUO', 'CW', 'CO======']) {
  test(`refused as base32hex: ${text}`, () => assert.equal(decodeBase32Hex(text), undefined))
}
for (const text of ['6', '6g', '0x66', '66 ']) {
  test(`refused as hexadecimal: "${text}"`, () => assert.equal(decodeHex(text), undefined))
}

test('any octets come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
      assert.equal(encodeBase64(octets), Buffer.from(octets).toString('base64'))
      assert.deepEqual(decodeBase64(encodeBase64(octets)), octets)
      assert.deepEqual(decodeBase32Hex(encodeBase32Hex(octets)), octets)
      assert.deepEqual(decodeHex(encodeHex(octets)), octets)
    }),
  )
})
