/** What is looked for in octets is what stands in the text. */
import { strict as assert } from 'node:assert'
import { encodeRR, formatRDATA, parseName, parseRDATAText, TYPE, typeFromText } from '@zonecast/dns'
import { buildPages, compareStored, lastKey } from '@zonecast/zone'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { partOfIPv4, partOfIPv6 } from './address-part.ts'
import { FoldedPiece } from './folded-piece.ts'
import { PageSearch } from './page-search.ts'

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
/** Numbers that texts of addresses write in different ways are frequent. */
const address6 = fc
  .array(fc.oneof(fc.constantFrom(0, 1, 0xdb8, 0xffff, 0x1000, 0xf), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff])))
const cut = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }))

test('a part of the text of an IPv4 address is found in its octets, and what is no part is not', () => {
  fc.assert(
    fc.property(octets(4), octets(4), cut, (address, other, [from, length]) => {
      const text = formatRDATA(TYPE.A, other).substr(from % 7, length)
      if (text === '') return
      assert.equal(partOfIPv4(text).mayHave(address, 0), formatRDATA(TYPE.A, address).includes(text))
      assert.ok(partOfIPv4(text).mayHave(other, 0))
    }),
  )
})

test('an IPv6 address is never ruled out whose text holds the part', () => {
  fc.assert(
    fc.property(fc.oneof(address6, octets(16)), cut, (address, [from, length]) => {
      const text = formatRDATA(TYPE.AAAA, address)
      const part = text.substr(from % text.length, length)
      assert.ok(partOfIPv6(part).mayHave(address, 0), `${part} of ${text}`)
    }),
    { numRuns: 1000 },
  )
})

for (const { name, part, address } of [
  { name: 'another number in between', part: ':db9:', address: '2001:db8::1' },
  { name: 'digits that no group has', part: '8888', address: '2001:db8::1' },
  { name: 'a group that goes on', part: '::1:', address: '2001:db8::12:3' },
  { name: 'a group that is longer to the left', part: '::2:', address: '2001:db8::12:3' },
  { name: 'a dotted quad, where there is none', part: '1.2', address: '2001:db8::1' },
])
  test(`most IPv6 addresses are ruled out without their text: ${name}`, () =>
    assert.equal(partOfIPv6(part).mayHave(parseRDATAText(TYPE.AAAA, address), 0), false))

test('a text is found where it first stands, whatever the case', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '-', '1'), maxLength: 40 })
  fc.assert(
    fc.property(
      letters,
      fc.string({ unit: fc.constantFrom('a', 'b', '-', '1'), minLength: 1, maxLength: 4 }),
      fc.nat(5),
      (text, part, from) => {
        const bytes = new Uint8Array(Buffer.from(text, 'latin1'))
        assert.equal(new FoldedPiece(part).indexIn(bytes, from), text.toLowerCase().indexOf(part, from))
      },
    ),
    { numRuns: 1000 },
  )
})

test('what a page holds is what comparing every text would find', () => {
  const apex = parseName('example.')
  const lines = [
    ['mail.example.', 'MX', '10 mx10.Example.'],
    ['mail.example.', 'MX', '20 mx.example.'],
    ['a10.example.', 'A', '192.0.2.10'],
    ['b.example.', 'A', '10.0.0.1'],
    ['c.example.', 'AAAA', '2001:db8::10:0:0'],
    ['caa.example.', 'CAA', '128 issue "ca10.example"'],
    ['d.example.', 'TXT', '"v=spf1 ip4:192.0.2.10 -all"'],
    ['_sip.example.', 'SRV', '10 5 5060 Sip.example.'],
    ['ds.example.', 'DS', '10 8 2 10aa000000000000000000000000000000000000000000000000000000000000'],
  ] as const
  const rrs = lines.map(([owner, type, value]) => {
    const number = typeFromText(type)!
    return { owner: parseName(owner), type: number, ttl: 60, rdata: parseRDATAText(number, value, apex) }
  })
  const pages = [...buildPages(rrs.map(encodeRR).toSorted((a, b) => compareStored(a, b)))]
  for (const text of [
    '10',
    '2.10',
    'mx',
    '10 ',
    'example',
    '"ca',
    'aa',
    '10.0',
    ':10',
    '5060',
    'sip',
    '.',
    'spf1 ip4',
    '8 2 10a',
    'x10.',
  ]) {
    const search = new PageSearch({ zones: {}, value: { kind: 'contains', text } })
    const found = pages.flatMap(({ content }) => [...search.hits(content, new Uint8Array([0]), lastKey(0))])
    const wanted = rrs.filter(({ type, rdata }) => formatRDATA(type, rdata).toLowerCase().includes(text))
    assert.deepEqual(
      new Set(found.map(({ rrset: { owner, type } }) => `${Buffer.from(owner).toString('hex')} ${type}`)),
      new Set(wanted.map(({ owner, type }) => `${Buffer.from(owner).toString('hex')} ${type}`)),
      text,
    )
  }
})
