/** The stored form of RRs. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { decodeHex, encodeHex } from './base-encodings.ts'
import { parseName } from './name.ts'
import { parseRDATAText } from './rdata/parse.ts'
import { encodeRR, formatRR, ownerEnd, rdataStart, rdlengthAt, type RR, rrsigCovered, scanRR, ttlAt, typeAt } from './rr.ts'
import { TYPE } from './types.ts'
import { WireError } from './violation.ts'

const www: RR = { owner: parseName('www.a.'), type: TYPE.A, ttl: 3600, rdata: parseRDATAText(TYPE.A, '192.0.2.1') }
const stored = '037777770161000001000100000E100004C0000201'

test('an RR is stored as owner, type, class, TTL, length and RDATA (RFC 1035 §3.2.1)', () => {
  assert.equal(encodeHex(encodeRR(www)), stored)
  assert.equal(formatRR(www), 'www.a. 3600 IN A 192.0.2.1')
})

test('the example of the README gives what it says', () => {
  const owner = parseName('example.com.')
  const rdata = parseRDATAText(TYPE.HTTPS, '1 www alpn=h2,h3 ipv4hint=192.0.2.1', owner)
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
  assert.ok(readme.includes(`// ${formatRR({ owner, type: TYPE.HTTPS, ttl: 300, rdata })}\n`))
})

test('its parts are found without decoding it', () => {
  const bytes = encodeRR(www)
  const at = ownerEnd(bytes, 0)
  assert.deepEqual([at, typeAt(bytes, at), ttlAt(bytes, at), rdlengthAt(bytes, at), rdataStart(at)], [7, 1, 3600, 4, 17])
  assert.equal(rrsigCovered(parseRDATAText(TYPE.RRSIG, 'MX 5 3 1 0 0 1 s.a. QUJD')), TYPE.MX)
  assert.throws(() => rrsigCovered(new Uint8Array(1)), WireError)
})

for (const { name, hex } of [
  { name: 'class CH', hex: stored.replace('00010001', '00010003') },
  { name: 'a TTL of 2³¹ (RFC 2181 §8)', hex: stored.replace('00000E10', '80000000') },
  { name: 'RDATA past the end', hex: stored.replace('0004C0', '0005C0') },
  { name: 'a compressed owner', hex: `C000${stored.slice(14)}` },
  { name: 'nothing', hex: '' },
]) {
  test(`scanRR refuses ${name}`, () => {
    const bytes = decodeHex(hex)!
    assert.throws(() => scanRR(bytes, 0, bytes.length), WireError)
  })
}
