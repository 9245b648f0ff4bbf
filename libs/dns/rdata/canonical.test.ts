/** Canonical form, names inside RDATA, RDATA out of messages, SOA fields. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { decodeHex } from '../base-encodings.ts'
import { formatName, parseName } from '../name.ts'
import { asSerial } from '../serial.ts'
import { TYPE, typeFromText } from '../types.ts'
import { WireError } from '../violation.ts'
import { canonicalRDATA, compareRDATA } from './canonical.ts'
import { decompressRDATA } from './decompress.ts'
import { formatRDATA } from './format.ts'
import { namesIn } from './names-in.ts'
import { parseRDATAText } from './parse.ts'
import { encodeSOA, soaFields, withSerial } from './soa.ts'

for (const { type, text, canonical } of [
  { type: 'NS', text: 'NS.A.', canonical: 'ns.a.' },
  { type: 'MX', text: '10 MX.A.', canonical: '10 mx.a.' },
  { type: 'SOA', text: 'NS.A. Root.A. 1 2 3 4 5', canonical: 'ns.a. root.a. 1 2 3 4 5' },
  { type: 'SRV', text: '16705 16705 16705 S.A.', canonical: '16705 16705 16705 s.a.' },
  { type: 'NAPTR', text: '1 1 "S" "SIP+D2U" "" S.A.', canonical: '1 1 "S" "SIP+D2U" "" s.a.' },
  { type: 'DNAME', text: 'D.A.', canonical: 'd.a.' },
  { type: 'KX', text: '1 K.A.', canonical: '1 k.a.' },
  { type: 'RRSIG', text: 'A 5 3 1 0 0 1 SIGNER.A. QUJD', canonical: 'A 5 3 1 19700101000000 19700101000000 1 signer.a. QUJD' },
  { type: 'A6', text: '64 ::1 P.A.', canonical: '64 ::1 p.a.' },
  { type: 'NXT', text: 'N.A. A NXT', canonical: 'n.a. A NXT' },
  { type: 'TALINK', text: 'A. B.', canonical: 'A. B.' },
  { type: 'IPSECKEY', text: '1 3 2 G.A. AQ==', canonical: '1 3 2 G.A. AQ==' },
  { type: 'NSEC', text: 'NEXT.A. A', canonical: 'NEXT.A. A' },
  { type: 'HINFO', text: '"CPU" "OS"', canonical: '"CPU" "OS"' },
  { type: 'SVCB', text: '1 T.A.', canonical: '1 T.A.' },
  { type: 'TXT', text: '"ABC"', canonical: '"ABC"' },
]) {
  test(`canonical ${type} is ${canonical} (RFC 4034 §6.2, RFC 6840 §5.1)`, () => {
    const number = typeFromText(type)!
    assert.equal(
      formatRDATA(number, canonicalRDATA(number, parseRDATAText(number, text))),
      formatRDATA(number, parseRDATAText(number, canonical)),
    )
  })
}

test('RDATA is ordered as octets, the absence of one first (RFC 4034 §6.3)', () => {
  const texts = ['1.0.0.1', '1.0.0.2', '2.0.0.0', '200.0.0.0']
  const rdatas = texts.map((text) => parseRDATAText(TYPE.A, text))
  assert.deepEqual(
    rdatas.toReversed().toSorted((a, b) => compareRDATA(TYPE.A, a, b)),
    rdatas,
  )
  assert.ok(compareRDATA(TYPE.TXT, parseRDATAText(TYPE.TXT, '"a"'), parseRDATAText(TYPE.TXT, '"a" ""')) < 0)
  assert.equal(compareRDATA(TYPE.MX, parseRDATAText(TYPE.MX, '1 A.'), parseRDATAText(TYPE.MX, '1 a.')), 0)
})

for (const { type, text, names } of [
  { type: 'A', text: '192.0.2.1', names: [] },
  { type: 'MX', text: '10 mx.a.', names: ['mx.a.'] },
  { type: 'SOA', text: 'ns.a. root.a. 1 2 3 4 5', names: ['ns.a.', 'root.a.'] },
  { type: 'A6', text: '0 2001:db8::1', names: [] },
  { type: 'A6', text: '64 ::1 p.a.', names: ['p.a.'] },
  { type: 'HTTPS', text: '1 t.a. port=53', names: ['t.a.'] },
  { type: 'RRSIG', text: 'A 5 3 1 0 0 1 s.a. QUJD', names: ['s.a.'] },
  { type: 'TYPE65280', text: '\\# 1 00', names: [] },
]) {
  test(`${type} has the names [${names.join(' ')}]`, () => {
    const number = typeFromText(type)!
    assert.deepEqual(namesIn(number, parseRDATAText(number, text)).map(formatName), names)
  })
}

/** At 0: `a.`; at 3: `b.` and a pointer to 0; at 7: a pointer to 3. */
const head = '0161000162C000C003'

for (const { name, type, hex, text } of [
  { name: 'an MX with a pointer', type: TYPE.MX, hex: '000A0178C003', text: '10 x.b.a.' },
  {
    name: 'an SOA with two pointers',
    type: TYPE.SOA,
    hex: 'C003C0070000000100000002000000030000000400000005',
    text: 'b.a. b.a. 1 2 3 4 5',
  },
  { name: 'an SRV with a pointer, as RFC 2052 let it be', type: TYPE.SRV, hex: '000100020003C000', text: '1 2 3 a.' },
]) {
  test(`${name} is expanded (RFC 3597 §4)`, () => {
    const message = decodeHex(head + hex)!
    assert.equal(formatRDATA(type, decompressRDATA(type, message, head.length / 2, hex.length / 2)), text)
  })
}

for (const { name, type, hex } of [
  { name: 'a pointer to itself', type: TYPE.NS, hex: 'C009' },
  { name: 'a pointer forwards', type: TYPE.NS, hex: 'C00B00' },
  { name: 'a pointer into the labels before it', type: TYPE.NS, hex: '0178C009' },
  { name: 'half a pointer', type: TYPE.NS, hex: 'C0' },
  { name: 'octets after the name', type: TYPE.NS, hex: 'C00000' },
  { name: 'a label of the reserved kind', type: TYPE.NS, hex: '8000' },
  { name: 'RDATA past the message', type: TYPE.A, hex: '' },
]) {
  test(`refused: ${name}`, () => {
    const message = decodeHex(head + hex)!
    const length = hex === '' ? 1 : hex.length / 2
    assert.throws(() => decompressRDATA(type, message, head.length / 2, length), WireError)
  })
}

test('empty RDATA of an UPDATE stays empty (RFC 2136 §2.5.2)', () => {
  assert.equal(decompressRDATA(TYPE.MX, decodeHex(head)!, 4, 0).length, 0)
})

test('SOA fields are read, written and given another serial', () => {
  const rdata = parseRDATAText(TYPE.SOA, 'ns.a. root.a. 4294967295 2 3 4 5')
  const fields = soaFields(rdata)
  assert.deepEqual(
    { ...fields },
    { mname: parseName('ns.a.'), rname: parseName('root.a.'), serial: 0xffff_ffff, refresh: 2, retry: 3, expire: 4, minimum: 5 },
  )
  assert.deepEqual(encodeSOA(fields), rdata)
  assert.equal(formatRDATA(TYPE.SOA, withSerial(rdata, asSerial(7))), 'ns.a. root.a. 7 2 3 4 5')
  assert.throws(() => soaFields(rdata.subarray(0, -1)), WireError)
})

test('the caller’s octets stay as they are, also where they are a Buffer', () => {
  const rdata = Buffer.from(parseRDATAText(TYPE.NS, 'NS.Example.'))
  const before = Buffer.from(rdata)
  assert.notDeepEqual(Buffer.from(canonicalRDATA(TYPE.NS, rdata)), before)
  assert.deepEqual(rdata, before)
})
