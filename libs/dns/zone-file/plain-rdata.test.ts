/** The quick reading of RDATA against the full one. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { parseName } from '../name.ts'
import { parseRDATA } from '../rdata/parse.ts'
import { RDATAError } from '../rdata/token.ts'
import { TYPE } from '../types.ts'
import { EntryLexer } from './lexer.ts'
import { plainRDATA } from './plain-rdata.ts'

const origin = parseName('example.com.')

/** Both readings of one RDATA text: `undefined` where the plain one passes, or the other one refuses. */
function readings(type: number, text: string): { plain: Uint8Array | undefined; full: Uint8Array | undefined } {
  const bytes = Buffer.from(text, 'latin1')
  const lexer = new EntryLexer()
  lexer.lex(bytes, 0, bytes.length, true, 1)
  const plain = plainRDATA(type, bytes, lexer, 0, origin)
  try {
    return { plain, full: parseRDATA(type, lexer.tokens(0, false), { origin }) }
  } catch (error) {
    assert.ok(error instanceof RDATAError)
    return { plain, full: undefined }
  }
}

const piece = fc.constantFrom(
  ...'0|1|9|10|255|256|65535|65536|00|f|ffff|A|g|:|::|.|..| |\t|@|a|-|_|*|com.|192.0.2.1|2001:db8:|"a b"|=|"|\\|\\"|\\046|$'.split(
    '|',
  ),
  '\u0001',
  '\u00e4',
  'x'.repeat(63),
  'y'.repeat(64),
)
const text = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.ipV4(),
  fc.ipV6(),
  fc.array(fc.constantFrom('0', 'a', 'ff', '1234', ''), { maxLength: 9 }).map((groups) => groups.join(':')),
  fc.tuple(fc.nat(70_000), fc.domain()).map((words) => words.join(' ')),
  fc.tuple(fc.nat(70_000), fc.nat(70_000), fc.nat(70_000), fc.domain()).map((words) => words.join(' ')),
)

test('the plain reading agrees with parseRDATA wherever it gives one', () => {
  const types = ['A', 'AAAA', 'NS', 'CNAME', 'PTR', 'DNAME', 'MX', 'SRV', 'TXT', 'DS', 'SOA'] as const
  fc.assert(
    fc.property(fc.constantFrom(...types), text, (type, words) => {
      const { plain, full } = readings(TYPE[type], words)
      if (plain !== undefined) assert.deepEqual([...plain], full === undefined ? undefined : [...full])
    }),
    { numRuns: 3000 },
  )
})

for (const { type, words } of [
  { type: 'A', words: '192.0.2.1' },
  { type: 'AAAA', words: '2001:DB8::1' },
  { type: 'AAAA', words: '::' },
  { type: 'AAAA', words: '1:2:3:4:5:6:7::' },
  { type: 'NS', words: 'ns1' },
  { type: 'CNAME', words: '.' },
  { type: 'MX', words: '10 @' },
  { type: 'SRV', words: '0 65535 5060 a.b.' },
  { type: 'TXT', words: 'a "b c" ""' },
] as const) {
  test(`${type} ${words} is read the plain way`, () => {
    const { plain, full } = readings(TYPE[type], words)
    assert.ok(plain)
    assert.deepEqual([...plain], [...full!])
  })
}
