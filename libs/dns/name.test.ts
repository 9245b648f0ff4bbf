/** Names in text, their order and ancestry. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { compareNames } from './name-order.ts'
import {
  ancestorAt,
  concatNames,
  equalNames,
  foldName,
  formatName,
  isAtOrBelow,
  isWildcard,
  labelCount,
  labelsOf,
  NameError,
  nameKey,
  parentOf,
  parseName,
  rootName,
  scanName,
  wildcardOf,
  zoneKeyOf,
} from './name.ts'
import { WireError } from './violation.ts'

const octets = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const label63 = 'a'.repeat(63)
/** 63 + 63 + 63 + 61 octets in four labels: 255 octets in wire format. */
const longest = `${label63}.${label63}.${label63}.${'b'.repeat(61)}.`

for (const { name, text, wire, written } of [
  { name: 'the root', text: '.', wire: '\0' },
  { name: 'case is kept (RFC 4343 §4.1)', text: 'WWW.Example.', wire: '\x03WWW\x07Example\0' },
  { name: 'an escaped dot is part of a label (RFC 1035 §5.1)', text: 'host\\.master.a.', wire: '\x0bhost.master\x01a\0' },
  { name: 'a decimal escape is an octet', text: '\\000\\255\\046.', wire: '\x03\0\xff.\0', written: '\\000\\255\\..' },
  { name: 'an escaped letter is the letter', text: '\\w\\w.', wire: '\x02ww\0', written: 'ww.' },
  { name: 'characters of zone files are escaped', text: '\\@\\$\\;\\(\\)\\"\\\\.', wire: '\x07@$;()"\\\0' },
  { name: 'an escaped space is written as a number', text: 'a\\ b.', wire: '\x03a b\0', written: 'a\\032b.' },
  { name: 'octets from 128 are octets', text: '\xe9.', wire: '\x01\xe9\0', written: '\\233.' },
  { name: 'underscore, hyphen and asterisk are ordinary', text: '*._tcp.-.', wire: '\x01*\x04_tcp\x01-\0' },
  { name: 'a label of 63 octets', text: `${label63}.`, wire: `\x3f${label63}\0` },
]) {
  test(`parseName: ${name}`, () => assert.deepEqual(parseName(text), octets(wire)))
  test(`formatName: ${name}`, () => assert.equal(formatName(octets(wire)), written ?? text))
}

for (const { name, text, origin } of [
  { name: 'empty text', text: '' },
  { name: 'a relative name without an origin', text: 'www' },
  { name: 'an empty label', text: 'a..b.' },
  { name: 'a dot at the start', text: '.a.' },
  { name: 'two dots', text: '..' },
  { name: 'a label of 64 octets (RFC 1035 §2.3.4)', text: `${label63}a.` },
  { name: 'a label of 64 octets at the end of a relative name', text: `${label63}a`, origin: 'b.' },
  { name: 'a name of 256 octets (RFC 1035 §2.3.4)', text: `b${longest}` },
  { name: 'a name of 256 octets in many labels', text: `${'a.'.repeat(126)}bb.c.` },
  { name: 'a relative name that becomes too long', text: 'a', origin: longest },
  { name: 'a white space', text: 'a b.' },
  { name: 'an escape above 255', text: '\\256.' },
  { name: 'an escape of two digits', text: '\\25.' },
  { name: 'a backslash at the end', text: 'a\\' },
  { name: 'an escaped character above 255', text: '\\€.' },
  { name: 'a character above 255', text: 'ł.' },
]) {
  test(`parseName refuses ${name}`, () => {
    const suffix = origin === undefined ? undefined : parseName(origin)
    assert.throws(() => parseName(text, suffix), NameError)
  })
}

test('a name of 255 octets is the longest', () => {
  assert.equal(parseName(longest).length, 255)
  assert.equal(parseName('a.'.repeat(127)).length, 255)
  assert.equal(formatName(parseName(longest)), longest)
})

test('a relative name is below its origin', () => {
  assert.equal(formatName(parseName('www', parseName('example.com.'))), 'www.example.com.')
  assert.equal(formatName(parseName('www.', parseName('example.com.'))), 'www.')
  assert.equal(formatName(parseName('com', rootName)), 'com.')
})

test('canonical order is that of the example (RFC 4034 §6.1)', () => {
  const ordered = [
    'example.',
    'a.example.',
    'yljkjljk.a.example.',
    'Z.a.example.',
    'zABC.a.EXAMPLE.',
    'z.example.',
    '\\001.z.example.',
    '*.z.example.',
    '\\200.z.example.',
  ]
  const names = ordered.map((text) => parseName(text))
  for (const [i, a] of names.entries()) {
    for (const [j, b] of names.entries())
      assert.equal(Math.sign(compareNames(a, b)), Math.sign(i - j), `${ordered[i]} ${ordered[j]}`)
  }
})

test('names are equal whatever their case, and keys agree', () => {
  const [upper, lower] = [parseName('WWW.EXAMPLE.'), parseName('www.example.')]
  assert.ok(equalNames(upper, lower))
  assert.equal(compareNames(upper, lower), 0)
  assert.equal(nameKey(upper), '\x03www\x07example\0')
  assert.equal(zoneKeyOf(upper), 'www.example.')
  assert.deepEqual(foldName(upper), lower)
  assert.equal(foldName(lower), lower)
  assert.ok(!equalNames(parseName('@.'), parseName('`.')), 'only letters fold')
})

test('ancestry goes by labels, not by octets', () => {
  const name = parseName('a.b.C.example.')
  const example = parseName('EXAMPLE.')
  assert.equal(labelCount(name), 4)
  assert.equal(labelCount(rootName), 0)
  assert.deepEqual(
    labelsOf(name).map((label) => String.fromCharCode(...label)),
    ['a', 'b', 'C', 'example'],
  )
  assert.equal(formatName(parentOf(name)!), 'b.C.example.')
  assert.equal(parentOf(rootName), undefined)
  assert.equal(formatName(ancestorAt(name, 2)), 'C.example.')
  assert.equal(formatName(ancestorAt(name, 0)), '.')
  assert.equal(ancestorAt(name, 9), name)
  assert.ok(isAtOrBelow(name, example) && isAtOrBelow(example, example) && isAtOrBelow(name, rootName))
  assert.ok(!isAtOrBelow(example, name))
  assert.ok(!isAtOrBelow(parseName('myexample.'), example), 'a label that ends alike')
  assert.ok(!isAtOrBelow(parseName('a\\007example.'), example), 'octets of one label that look like another')
})

test('wildcards have an asterisk alone as leftmost label (RFC 4592 §2.1.1)', () => {
  assert.equal(formatName(wildcardOf(parseName('example.'))), '*.example.')
  assert.ok(isWildcard(parseName('*.example.')))
  assert.ok(!isWildcard(parseName('a*.example.')) && !isWildcard(parseName('a.*.')) && !isWildcard(rootName))
  assert.throws(() => wildcardOf(parseName(longest)), NameError)
  assert.throws(() => concatNames(parseName(longest), parseName('a.')), NameError)
})

for (const { name, bytes } of [
  { name: 'a pointer', bytes: [1, 0x61, 0xc0, 0] },
  { name: 'a label of 64 octets', bytes: [64, ...Array<number>(65).fill(0x61), 0] },
  { name: 'a label past the end', bytes: [5, 0x61, 0] },
  { name: 'no root label', bytes: [1, 0x61] },
  { name: 'nothing', bytes: [] },
  { name: 'more than 255 octets', bytes: [...Array.from({ length: 128 }, () => [1, 0x61]).flat(), 0] },
])
  test(`scanName refuses ${name}`, () => assert.throws(() => scanName(Uint8Array.from(bytes), 0, bytes.length), WireError))
