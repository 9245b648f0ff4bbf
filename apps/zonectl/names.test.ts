import assert from 'node:assert/strict'
import { test } from 'vitest'
import { doubledName, presentationValue, zoneName } from './names.ts'

for (const { text, zone } of [
  { text: 'harbour.example', zone: 'harbour.example.' },
  { text: 'harbour.example.', zone: 'harbour.example.' },
  { text: '.', zone: '.' },
  { text: 'dot\\.', zone: 'dot\\..' },
])
  test(`zoneName: ${text} is ${zone}`, () => assert.equal(zoneName(text), zone))

test('zoneName: an empty word is refused, and is not the root', () =>
  assert.throws(() => zoneName(''), { name: 'CliError', exitCode: 64, message: /empty; the root is written "\."/ }))

for (const { owner, zone, isDoubled } of [
  { owner: 'www', zone: 'harbour.example', isDoubled: false },
  { owner: '@', zone: 'harbour.example', isDoubled: false },
  { owner: 'www.harbour.example.', zone: 'harbour.example', isDoubled: false },
  { owner: 'www.harbour.example', zone: 'harbour.example.', isDoubled: true },
  { owner: 'HARBOUR.example', zone: 'harbour.example', isDoubled: true },
  { owner: 'notharbour.example', zone: 'harbour.example', isDoubled: false },
  { owner: 'www', zone: '.', isDoubled: false },
])
  test(`doubledName: ${owner} in ${zone} is ${isDoubled ? 'told' : 'taken'}`, () =>
    assert.equal(doubledName(owner, zone) !== undefined, isDoubled))

const long = 'x'.repeat(300)
for (const { name, type, value, text } of [
  { name: 'a TXT value without quotes is one string', type: 'TXT', value: 'v=spf1 -all', text: '"v=spf1 -all"' },
  { name: 'quotes and backslashes in it are escaped', type: 'txt', value: 'say "a\\b"', text: '"say \\"a\\\\b\\""' },
  { name: 'octets above 127 are escaped', type: 'TXT', value: 'ä', text: '"\\195\\164"' },
  { name: 'more than 255 octets are two strings', type: 'TXT', value: long, text: `"${'x'.repeat(255)}" "${'x'.repeat(45)}"` },
  { name: 'a quoted value is left as it is', type: 'TXT', value: '"a" "b"', text: '"a" "b"' },
  { name: 'the form of RFC 3597 is left as it is', type: 'TXT', value: '\\# 2 0161', text: '\\# 2 0161' },
  { name: 'an empty value is an empty string', type: 'TXT', value: '', text: '""' },
  { name: 'other types are left as they are', type: 'MX', value: '10 mail', text: '10 mail' },
])
  test(`presentationValue: ${name}`, () => assert.equal(presentationValue(type, value), text))
