/** What the quick reader takes, the careful one reads in the same way. */
import assert from 'node:assert/strict'
import { encodeMessage, parseName, parseRequest, TYPE, type Edns } from '@zonecast/dns'
import { arbName } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { readPlainQuery, type PlainQuery } from './plain-query.ts'

const empty = (): PlainQuery => ({ nameEnd: 0, type: 0, hasEdns: false, doBit: false, udpSize: 0 })

function queryOf(name: Uint8Array, type: number, edns?: Edns): Uint8Array {
  const flags = { qr: false, opcode: 0, aa: false, tc: false, rd: true, ra: false, ad: true, cd: true, rcode: 0 }
  const questions = [{ name, type, class: 1 }]
  return encodeMessage({ id: 1, ...flags, questions, answers: [], authorities: [], additionals: [], ...(edns && { edns }) }).bytes
}

const edns = (udpSize: number, doBit: boolean): Edns => ({ udpSize, version: 0, doBit, options: [] })
const arbQuery = fc
  .tuple(arbName(), fc.nat(0xffff), fc.constantFrom(undefined, edns(1232, true), edns(512, false)))
  .map(([name, type, opt]) => queryOf(name, type, opt))
/** Octets changed, cut off and added anywhere: most of it is no longer a query. */
const arbBroken = fc
  .tuple(arbQuery, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }), fc.integer({ min: -12, max: 12 }))
  .map(([query, edits, more]) => {
    const bytes = new Uint8Array(Math.max(0, query.length + more))
    bytes.set(query.subarray(0, bytes.length))
    for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value
    return bytes
  })

test('every usual query is taken', () => {
  fc.assert(fc.property(arbQuery, (query) => assert.equal(readPlainQuery(query, empty()), true)))
})

test('what is taken is read as the careful reader does', () => {
  let taken = 0
  const check = (bytes: Uint8Array): void => {
    const plain = empty()
    if (!readPlainQuery(bytes, plain)) return
    taken++
    const { question, opcode, qr, edns: opt } = parseRequest(bytes)
    assert.deepEqual([qr, opcode, question?.class, question?.type], [false, 0, 1, plain.type])
    assert.deepEqual(question?.name, bytes.slice(12, plain.nameEnd))
    assert.equal(opt !== undefined, plain.hasEdns)
    assert.deepEqual(opt ?? edns(0, false), edns(plain.udpSize, plain.doBit))
  }
  fc.assert(fc.property(fc.oneof(arbQuery, arbBroken), check), { numRuns: 3_000 })
  assert.ok(taken > 500)
})

const www = queryOf(parseName('www.example.'), TYPE.A, edns(1232, false))
for (const { name, change } of [
  { name: 'a response', change: [2, 0x80] },
  { name: 'another opcode', change: [2, 0x28] },
  { name: 'two questions', change: [5, 2] },
  { name: 'an RR in the answer section', change: [7, 1] },
  { name: 'a second additional RR', change: [11, 2] },
  { name: 'a pointer in the name', change: [12, 0xc0] },
  { name: 'another class', change: [28, 3] },
  { name: 'another version of EDNS', change: [35, 1] },
  { name: 'options', change: [39, 1] },
] as const) {
  test(`left to the careful reader: ${name}`, () => {
    const bytes = Uint8Array.from(www)
    bytes[change[0]] = change[1]
    assert.equal(readPlainQuery(bytes, empty()), false)
  })
}
