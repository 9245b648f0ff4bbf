/** The questions after a change. */
import assert from 'node:assert/strict'
import { formatName, parseName, typeToText } from '@zonecast/dns'
import { test } from 'vitest'
import { packRRs } from '../delta.ts'
import { parseRRs, sortedStored } from '../test-zone.ts'
import { touchedQuestions } from './touched-questions.ts'

const pack = (text: string): Uint8Array => packRRs(sortedStored(parseRRs(text, 'example.')))
const ask = (removed: string, added: string): string[] =>
  touchedQuestions(parseName('example.'), { removed: pack(removed), added: pack(added) }).map(
    ({ name, type }) => `${formatName(name)} ${typeToText(type)}`,
  )

test('touchedQuestions: the SOA, then each RRset once, what was removed too', () => {
  assert.deepEqual(ask('gone A 192.0.2.1\nwww A 192.0.2.1', 'www A 192.0.2.2\nWWW A 192.0.2.3\nwww TXT x'), [
    'example. SOA',
    'www.example. A',
    'www.example. TXT',
    'gone.example. A',
  ])
})

test('touchedQuestions: proofs are not asked for by themselves', () => {
  assert.deepEqual(ask('', 'www A 192.0.2.1\nwww RRSIG A 8 2 60 1 1 1 @ AAAA'), ['example. SOA', 'www.example. A'])
})

test('touchedQuestions: at most 32 besides the SOA', () => {
  const many = Array.from({ length: 100 }, (_, i) => `n${i} A 192.0.2.1`).join('\n')
  assert.equal(ask('', many).length, 33)
})
