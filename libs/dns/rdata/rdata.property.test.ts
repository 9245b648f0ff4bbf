/** Laws of the RDATA of every type. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { encodeHex } from '../base-encodings.ts'
import { anyName } from '../test-names.ts'
import { TYPE, typeToText } from '../types.ts'
import { WireError } from '../violation.ts'
import { canonicalRDATA, compareRDATA } from './canonical.ts'
import { decompressRDATA } from './decompress.ts'
import { formatRDATA, formatUnknownRDATA } from './format.ts'
import { namesIn } from './names-in.ts'
import { parseRDATAText } from './parse.ts'
import { typesWithFields } from './table.ts'
import { anyRDATA } from './test-rdata.ts'
import { RDATAError } from './token.ts'
import { validateRDATA } from './validate.ts'

const runs = { numRuns: 60 }

test('each type of the table has a generator', () => {
  assert.deepEqual([...anyRDATA.keys()].toSorted(), [...typesWithFields].toSorted())
})

/** Types some of whose legal octets only the form of RFC 3597 can say: other versions and families, trailing zeros, no items. */
const mayLackText: ReadonlySet<number> = new Set([TYPE.LOC, TYPE.WKS, TYPE.APL, TYPE.IPSECKEY, TYPE.AMTRELAY, TYPE.ATMA])

function isValid(type: number, rdata: Uint8Array): boolean {
  try {
    validateRDATA(type, rdata)
    return true
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

for (const [type, rdatas] of anyRDATA) {
  test(`${typeToText(type)} goes through text and back`, () => {
    fc.assert(
      fc.property(rdatas, (rdata) => {
        validateRDATA(type, rdata)
        const text = formatRDATA(type, rdata)
        assert.ok(!text.startsWith('\\#'), text)
        assert.equal(encodeHex(parseRDATAText(type, text)), encodeHex(rdata), text)
        assert.deepEqual(parseRDATAText(type, formatUnknownRDATA(rdata)), rdata)
      }),
      runs,
    )
  })

  test(`${typeToText(type)} cut short is refused or valid, and so with an octet changed`, () => {
    fc.assert(
      fc.property(rdatas, fc.nat(), fc.nat(255), (rdata, place, value) => {
        for (let end = 0; end < Math.min(rdata.length, 80); end++) isValid(type, rdata.subarray(0, end))
        const changed = Uint8Array.from(rdata)
        changed[place % rdata.length] = value
        const hasText = !formatRDATA(type, changed).startsWith('\\#')
        if (isValid(type, changed)) assert.ok(hasText || mayLackText.has(type))
        else assert.ok(!hasText)
        if (isValid(type, changed)) assert.deepEqual(parseRDATAText(type, formatRDATA(type, changed)), changed)
      }),
      runs,
    )
  })

  test(`${typeToText(type)} has a canonical form and a total order`, () => {
    fc.assert(
      fc.property(rdatas, rdatas, (a, b) => {
        const canonical = canonicalRDATA(type, a)
        validateRDATA(type, canonical)
        assert.equal(canonicalRDATA(type, canonical), canonical)
        assert.equal(compareRDATA(type, a, canonical), 0)
        assert.equal(Math.sign(compareRDATA(type, a, b)) + Math.sign(compareRDATA(type, b, a)), 0)
        assert.equal(compareRDATA(type, a, b) === 0, encodeHex(canonicalRDATA(type, b)) === encodeHex(canonical))
        assert.equal(namesIn(type, canonical).length, namesIn(type, a).length)
      }),
      runs,
    )
  })

  test(`${typeToText(type)} comes out of a message as it went in`, () => {
    fc.assert(
      fc.property(rdatas, anyName, (rdata, before) => {
        const message = Uint8Array.from([...before, ...rdata, 1])
        assert.deepEqual(decompressRDATA(type, message, before.length, rdata.length), rdata)
      }),
      runs,
    )
  })
}

test('any octets as any type are refused or valid, and the order of them is total', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...typesWithFields),
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }),
      (type, a, b) => {
        if (isValid(type, a)) assert.deepEqual(parseRDATAText(type, formatRDATA(type, a)), a)
        assert.equal(Math.sign(compareRDATA(type, a, b)) + Math.sign(compareRDATA(type, b, a)), 0)
      },
    ),
    { numRuns: 3000 },
  )
})

test('any text as any type is RDATA or an RDATAError', () => {
  const word = fc.oneof(
    fc.constantFrom('a', '1', '.', '\\#', '"', '\\', '(', ' ', ';', '=', ',', 'A', 'alpn', 'key1', '::', '1.2.3.4', 'AA=='),
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...typesWithFields), fc.array(word, { maxLength: 8 }), (type, words) => {
      try {
        validateRDATA(type, parseRDATAText(type, words.join(' ')))
      } catch (error) {
        assert.ok(error instanceof RDATAError, String(error))
      }
    }),
    { numRuns: 3000 },
  )
})
