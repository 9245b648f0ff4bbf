/** Patterns are read, written and matched in wire format: dots that are escaped divide nothing. */
import { concatNames, foldName, isAtOrBelow, type Name, parseName } from '@zonecast/dns'
import { arbName } from '@zonecast/testkit'
import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { coversName, formatNamePattern, parseNamePattern } from './name-pattern.ts'
import { coversZone, formatZonePattern, parseZonePattern } from './zone-pattern.ts'

const apex = parseName('example.org.')
const named = (text: string): Name => (text === '@' ? apex : parseName(text, apex))

for (const { pattern, covered, not } of [
  { pattern: '*', covered: ['@', 'www', 'a.b', '*'], not: [] },
  { pattern: '@', covered: ['@'], not: ['www', '*'] },
  { pattern: 'www', covered: ['www', 'WWW'], not: ['@', 'a.www', 'www.a', 'www2'] },
  { pattern: 'a.b', covered: ['a.b', 'A.b'], not: ['b', 'a\\.b', 'x.a.b'] },
  { pattern: 'a\\.b', covered: ['a\\.b', 'A\\046B'], not: ['a.b'] },
  { pattern: '*.dev', covered: ['a.dev', 'a.b.DEV', '*.dev'], not: ['dev', '@', 'a\\.dev', 'adev'] },
  { pattern: '_acme-challenge.*', covered: ['_acme-challenge', '_ACME-challenge.www'], not: ['www', 'www._acme-challenge', '@'] },
  { pattern: 'a.b.*', covered: ['a.b', 'a.b.c'], not: ['a', 'a.c', 'a.bc'] },
  { pattern: '\\*', covered: ['*'], not: ['@', 'www', 'a.*'] },
  { pattern: '\\*.dev', covered: ['*.dev'], not: ['a.dev'] },
  { pattern: 'a.\\*', covered: ['a.*'], not: ['a', 'a.b'] },
])
  test(`the owner name pattern ${pattern}`, () => {
    const parsed = parseNamePattern(pattern)
    for (const name of covered) assert.ok(coversName(parsed, named(name), apex), name)
    for (const name of not) assert.ok(!coversName(parsed, named(name), apex), name)
    assert.ok(!coversName(parsed, parseName('www.example.net.'), apex), 'another zone')
    assert.deepEqual(parseNamePattern(formatNamePattern(parsed)), parsed)
  })

for (const text of ['', '.', 'www.', 'w*', '*w', 'a.*.b', '*.a.*', '**', '*.', '*.*', '.*', 'a..b', 'a b', 'x'.repeat(64), 'Ω'])
  test(`no owner name pattern: ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseNamePattern(text), { name: 'PatternError' }))

for (const { pattern, covered, not } of [
  { pattern: '*', covered: ['.', 'org.', 'a.org.'], not: [] },
  { pattern: 'example.org.', covered: ['example.org.', 'EXAMPLE.org.'], not: ['org.', 'a.example.org.', 'example\\.org.'] },
  { pattern: 'example.org', covered: ['example.org.'], not: ['a.example.org.'] },
  { pattern: '*.example.org.', covered: ['a.Example.org.', 'b.a.example.org.'], not: ['example.org.', 'aexample.org.', '.'] },
  { pattern: '.', covered: ['.'], not: ['org.'] },
  { pattern: '*.', covered: ['org.', 'a.org.'], not: ['.'] },
])
  test(`the zone pattern ${pattern}`, () => {
    const parsed = parseZonePattern(pattern)
    for (const name of covered) assert.ok(coversZone(parsed, parseName(name)), name)
    for (const name of not) assert.ok(!coversZone(parsed, parseName(name)), name)
    assert.equal(coversZone(parsed, undefined), pattern === '*', 'what belongs to no zone')
    assert.deepEqual(parseZonePattern(formatZonePattern(parsed)), parsed)
  })

for (const text of ['', '**', 'a.*', '*.*.', 'w*.org.', 'a..org.', 'Ω.'])
  test(`no zone pattern: ${JSON.stringify(text)}`, () => assert.throws(() => parseZonePattern(text), { name: 'PatternError' }))

/** A pattern of each kind over the labels of any name, however they look as text. */
const arbLabels = arbName().map((name) => name.subarray(0, -1))
const shout = (name: Name) => name.map((octet) => (octet >= 0x61 && octet <= 0x7a ? octet & ~0x20 : octet))

test('what is written of a pattern reads back, whatever octets its labels have', () => {
  fc.assert(
    fc.property(arbLabels, fc.constantFrom('name' as const, 'below' as const, 'first' as const), (labels, kind) => {
      if (labels.length === 0) return
      const pattern = { kind, labels: foldName(labels) }
      assert.deepEqual(parseNamePattern(formatNamePattern(pattern)), pattern)
      const zones = { kind: kind === 'below' ? kind : ('zone' as const), name: foldName(Uint8Array.of(...labels, 0)) }
      assert.deepEqual(parseZonePattern(formatZonePattern(zones)), zones)
    }),
  )
})

test('a pattern covers names by their labels, in any case, and none outside the zone', () => {
  fc.assert(
    fc.property(arbName(), arbName(), arbLabels, (zone, prefix, labels) => {
      if (prefix.length + labels.length + zone.length > 250 || labels.length === 0) return
      const folded = foldName(labels)
      const middle = concatNames(Uint8Array.of(...labels, 0), zone)
      const covers = (kind: 'name' | 'below' | 'first', owner: Name) => coversName({ kind, labels: folded }, shout(owner), zone)
      assert.ok(covers('name', middle))
      assert.ok(covers('first', concatNames(Uint8Array.of(...labels, 0), concatNames(prefix, zone))))
      assert.equal(covers('below', concatNames(prefix, middle)), prefix.length > 1)
      if (!isAtOrBelow(prefix, zone)) assert.ok(!coversName({ kind: 'every' }, prefix, zone))
    }),
  )
})
