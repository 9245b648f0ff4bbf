/** Messages written: compression, truncation, and back again. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { skipCompressedName } from './compressed-name.ts'
import type { Message } from './message.ts'
import { encodeMessage, encodeSections } from './message-encode.ts'
import { parseMessage } from './message-parse.ts'
import { type Name, parseName } from './name.ts'
import { parseRDATAText } from './rdata/parse.ts'
import type { RR } from './rr.ts'
import { storedRRset } from './stored-rrset.ts'
import { TYPE } from './types.ts'
import { u16At } from './wire.ts'

const flags = { id: 1, qr: true, opcode: 0, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false, rcode: 0 }
const edns = { udpSize: 1232, version: 0, doBit: false, options: [] }
const rr = (owner: string, type: keyof typeof TYPE, text: string): RR => ({
  owner: parseName(owner),
  type: TYPE[type],
  ttl: 60,
  rdata: parseRDATAText(TYPE[type], text),
})

function message(parts: Partial<Message>): Message {
  const questions = [{ name: parseName('www.example.com.'), type: TYPE.A, class: 1 }]
  return { ...flags, questions, answers: [], authorities: [], additionals: [], ...parts }
}

const addresses = (owner: string, count: number) =>
  Array.from({ length: count }, (_, index) => rr(owner, 'A', `192.0.2.${index}`))

const stored = (owner: string, count: number) => storedRRset(addresses(owner, count) as [RR, ...RR[]])

test('owner names and names of RFC 1035 types are compressed, others are not (RFC 3597 §4)', () => {
  const answers = [rr('www.example.com.', 'CNAME', 'a.example.com.'), rr('a.example.com.', 'MX', '10 example.com.')]
  const additionals = [rr('a.example.com.', 'SRV', '0 0 1 www.example.com.')]
  const { bytes } = encodeMessage(message({ answers, additionals }))
  assert.equal(
    Buffer.from(bytes).toString('hex').slice(24),
    [
      '03777777076578616d706c6503636f6d0000010001',
      'c00c000500010000003c00040161c010',
      'c02d000f00010000003c0004000ac010',
      'c02d002100010000003c001700000000000103777777076578616d706c6503636f6d00',
    ].join(''),
  )
  assert.deepEqual(parseMessage(bytes), message({ answers, additionals }))
})

test('a name in other case is written out, so that its case survives', () => {
  const answers = [rr('WWW.example.com.', 'CNAME', 'x.EXAMPLE.com.')]
  const { bytes } = encodeMessage(message({ answers }))
  assert.deepEqual(parseMessage(bytes).answers, answers)
  assert.equal(bytes.length, 12 + 21 + (4 + 2) + 10 + (2 + 8 + 2))
})

/** How many pointers a reader follows for each owner name of the answer section. */
function pointersOf(bytes: Uint8Array): number[] {
  let at = skipCompressedName(bytes, 12) + 4
  return Array.from({ length: u16At(bytes, 6) }, () => {
    let pointers = 0
    for (let from = at; bytes[from]! > 0;) {
      const length = bytes[from]!
      from = length < 0xc0 ? from + 1 + length : ((length & 0x3f) << 8) | bytes[from + 1]!
      if (length >= 0xc0) pointers++
    }
    const fixed = skipCompressedName(bytes, at)
    at = fixed + 10 + u16At(bytes, fixed + 8)
    return pointers
  })
}

test('a chain of DNAMEs could not be read by a resolver that follows ten pointers', () => {
  const names = ['www.example.com.']
  for (let i = 1; i < 60; i++) names.push(`x${i}.${names.at(-1)}`)
  const answers = names.slice(1).map((name, i) => rr(names[i]!, 'CNAME', name))
  const { bytes } = encodeMessage(message({ answers }))
  assert.deepEqual(parseMessage(bytes).answers, answers)
  assert.equal(Math.max(...pointersOf(bytes)), 8)
  const inFull = encodeMessage(message({ answers }), { compress: false }).bytes.length
  assert.ok(bytes.length < inFull / 4, `${bytes.length} of ${inFull} octets`)
})

test('without compression every name is written out', () => {
  const answers = addresses('www.example.com.', 2)
  const { bytes } = encodeMessage(message({ answers }), { compress: false })
  assert.equal(bytes.length, 12 + 21 + 2 * (17 + 14))
  assert.deepEqual(parseMessage(bytes).answers, answers)
})

test('an RCODE above 15 needs EDNS', () => {
  assert.equal(parseMessage(encodeMessage(message({ rcode: 16, edns })).bytes).rcode, 16)
  assert.throws(() => encodeMessage(message({ rcode: 16 })), /needs EDNS/)
})

for (const { name, parts, maxBytes, kept, truncated } of [
  {
    name: 'what fits stays',
    parts: { answers: addresses('www.example.com.', 29), edns },
    maxBytes: 12 + 21 + 29 * 16 + 11,
    kept: [29, 0, 0],
    truncated: false,
  },
  {
    name: 'an RRset of the answer section that does not fit is left out whole, with TC',
    parts: {
      answers: [rr('www.example.com.', 'CNAME', 'a.example.com.'), ...addresses('a.example.com.', 29)],
      authorities: addresses('b.example.com.', 1),
      edns,
    },
    maxBytes: 500,
    kept: [1, 0, 0],
    truncated: true,
  },
  {
    name: 'RRs of the authority section are not left out silently',
    parts: {
      answers: addresses('www.example.com.', 20),
      authorities: addresses('b.example.com.', 10),
      additionals: addresses('c.', 1),
    },
    maxBytes: 400,
    kept: [20, 0, 0],
    truncated: true,
  },
  {
    name: 'RRsets of the additional section go without TC, and smaller ones behind them stay',
    parts: { answers: addresses('www.example.com.', 20), additionals: [...addresses('b.', 10), ...addresses('c.', 1)] },
    maxBytes: 400,
    kept: [20, 0, 1],
    truncated: false,
  },
  {
    name: 'RRSIGs of several types are RRsets of their own',
    parts: {
      answers: [
        rr('www.example.com.', 'RRSIG', 'A 13 3 60 20300101000000 20200101000000 1 example.com. AAAA'),
        rr('www.example.com.', 'RRSIG', `TXT 13 3 60 20300101000000 20200101000000 1 example.com. ${'A'.repeat(600)}`),
      ],
    },
    maxBytes: 200,
    kept: [1, 0, 0],
    truncated: true,
  },
  {
    name: 'glue inside the zone cut comes before other addresses',
    parts: {
      authorities: [rr('sub.example.com.', 'NS', 'ns.other.'), rr('sub.example.com.', 'NS', 'ns.sub.example.com.')],
      additionals: [...addresses('ns.other.', 20), ...addresses('ns.sub.example.com.', 2)],
    },
    maxBytes: 400,
    kept: [0, 2, 2],
    truncated: false,
  },
  {
    name: 'glue that a referral needs is missed with TC (RFC 9471 §3.1)',
    parts: {
      authorities: [rr('sub.example.com.', 'NS', 'ns.sub.example.com.')],
      additionals: [...addresses('ns.sub.example.com.', 30), rr('ns.sub.example.com.', 'AAAA', '::1')],
    },
    maxBytes: 400,
    kept: [0, 1, 1],
    truncated: true,
  },
]) {
  test(`truncation: ${name}`, () => {
    const whole = message(parts)
    const encoded = encodeMessage(whole, { maxBytes })
    const read = parseMessage(encoded.bytes)
    assert.ok(encoded.bytes.length <= maxBytes)
    assert.deepEqual([read.answers.length, read.authorities.length, read.additionals.length], kept)
    assert.deepEqual({ tc: read.tc, truncated: encoded.truncated }, { tc: truncated, truncated })
    assert.deepEqual(read.edns, whole.edns)
  })
}

test('question and OPT have to fit', () => assert.throws(() => encodeMessage(message({ edns }), { maxBytes: 43 }), /do not fit/))

const label = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'www', 'example', 'com'),
  fc.string({ minLength: 1, maxLength: 63 }).map((text) => text.slice(0, 63)),
)
const anyName: fc.Arbitrary<Name> = fc
  .array(label, { maxLength: 5 })
  .map((labels) => labels.flatMap((text) => [Buffer.byteLength(text, 'latin1'), ...Buffer.from(text, 'latin1')]))
  .filter((wire) => wire.length < 255)
  .map((wire) => Uint8Array.from([...wire, 0]))
const u16 = fc.nat(0xffff)
const number = (octets: number) => fc.uint8Array({ minLength: octets, maxLength: octets })
const concat = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const data = fc.oneof(
  fc.tuple(fc.constant(TYPE.A), number(4)),
  fc.tuple(fc.constantFrom(TYPE.NS, TYPE.CNAME, TYPE.PTR, TYPE.DNAME), anyName),
  fc.tuple(
    fc.constantFrom(TYPE.MX),
    fc.tuple(number(2), anyName).map(([a, b]) => concat(a, b)),
  ),
  fc.tuple(
    fc.constant(TYPE.SRV),
    fc.tuple(number(6), anyName).map(([a, b]) => concat(a, b)),
  ),
  fc.tuple(
    fc.constant(TYPE.SOA),
    fc.tuple(anyName, anyName, number(20)).map(([a, b, c]) => concat(a, b, c)),
  ),
  fc.tuple(fc.constant(65_280), fc.uint8Array({ maxLength: 80 })),
)
const anyRR: fc.Arbitrary<RR> = fc
  .tuple(anyName, fc.nat(0x7fff_ffff), data)
  .map(([owner, ttl, [type, rdata]]) => ({ owner, type, ttl, rdata }))
const rrs = fc.array(anyRR, { maxLength: 12 })
const anyEdns = fc.record({
  udpSize: u16,
  version: fc.nat(255),
  doBit: fc.boolean(),
  options: fc.array(fc.record({ code: u16, data: fc.uint8Array({ maxLength: 20 }) }), { maxLength: 3 }),
})
const bit = fc.boolean()
const common = {
  id: u16,
  opcode: fc.nat(15),
  qr: bit,
  aa: bit,
  tc: bit,
  rd: bit,
  ra: bit,
  ad: bit,
  cd: bit,
  questions: fc.array(fc.record({ name: anyName, type: u16, class: u16 }), { maxLength: 2 }),
  answers: rrs,
  authorities: rrs,
  additionals: rrs,
}
const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ ...common, rcode: fc.nat(15) }),
  fc.record({ ...common, rcode: fc.nat(0xfff), edns: anyEdns }),
)

/** Plain arrays, for comparison whatever the prototype and the buffer behind. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? [...part] : part)))

test('what is written is read back, compressed or not', () => {
  fc.assert(
    fc.property(anyMessage, fc.boolean(), (whole, compress) => {
      const { bytes, truncated } = encodeMessage(whole, { compress })
      assert.equal(truncated, false)
      assert.deepEqual(plain(parseMessage(bytes)), plain(whole))
    }),
    { numRuns: 500 },
  )
})

test('whatever the limit, the message fits, is correct, and says what it leaves out', () => {
  fc.assert(
    fc.property(anyMessage, fc.integer({ min: 600, max: 2000 }), (whole, maxBytes) => {
      const { bytes, truncated } = encodeMessage(whole, { maxBytes: maxBytes + 300 })
      const read = parseMessage(bytes)
      assert.ok(bytes.length <= maxBytes + 300)
      assert.equal(read.tc, whole.tc || truncated)
      assert.deepEqual(plain(read.answers), plain(whole.answers.slice(0, read.answers.length)))
      assert.deepEqual(plain(read.authorities), plain(whole.authorities.slice(0, read.authorities.length)))
      assert.deepEqual(plain(read.edns ?? null), plain(whole.edns ?? null))
      if (read.answers.length < whole.answers.length || read.authorities.length < whole.authorities.length) assert.ok(truncated)
    }),
    { numRuns: 300 },
  )
})

test('many messages in a row do not see each other’s names', () => {
  const other = message({ questions: [], answers: addresses('other.', 1) })
  const first = encodeMessage(other).bytes
  for (let index = 0; index < 140_000; index++) encodeMessage(other)
  assert.deepEqual(encodeMessage(other).bytes, first)
})

test('thousands of names: what the compressor no longer remembers is written out', () => {
  const answers = Array.from({ length: 4000 }, (_, index) => rr(`h${index}.x${index % 50}.`, 'A', '192.0.2.1'))
  const { bytes, truncated } = encodeMessage(message({ answers }))
  const read = parseMessage(bytes)
  assert.ok(truncated && read.answers.length > 2500)
  assert.deepEqual(plain(read.answers), plain(answers.slice(0, read.answers.length)))
})

test('sections: names that the question holds point to it, in any case; others keep theirs', () => {
  const question = { name: parseName('www.example.com.'), type: TYPE.A, class: 1 }
  const answers = [storedRRset([rr('WWW.Example.com.', 'CNAME', 'Web.example.com.')])]
  const { bytes, start, end, whole, truncated } = encodeSections(
    question.name,
    { answers, authorities: [], additionals: [] },
    512,
  )
  assert.equal(Buffer.from(bytes.subarray(start, end)).toString('hex'), 'c00c000500010000003c000603576562c010')
  assert.deepEqual([whole, truncated], [true, false])
})

test('sections: what leaves out additional data is not whole, and not truncated', () => {
  const question = { name: parseName('www.example.com.'), type: TYPE.A, class: 1 }
  const sections = { answers: [stored('www.example.com.', 2)], authorities: [], additionals: [stored('b.', 40)] }
  const encoded = encodeSections(question.name, sections, 300)
  assert.deepEqual([encoded.answers, encoded.additionals, encoded.whole, encoded.truncated], [2, 0, false, false])
})

test('sections: the root is shorter than a pointer', () => {
  const sections = { answers: [stored('.', 1)], authorities: [], additionals: [] }
  const { bytes, start } = encodeSections(parseName('.'), sections, 512)
  assert.equal(bytes[start], 0)
})

test('sections: RDATA that is no name, though its type says so, is left as it is', () => {
  const neighbour = rr('b.example.com.', 'NS', 'c.example.com.')
  for (const octets of [[], [5, 0x61], [1, 0x61], [0xc0], [0, 0]]) {
    const rdata = Uint8Array.from(octets)
    const odd = { ...rr('a.example.com.', 'NS', '.'), rdata }
    const sections = { answers: [{ ...storedRRset([odd, neighbour]), count: 1 }], authorities: [], additionals: [] }
    const { bytes, start, end } = encodeSections(parseName('a.example.com.'), sections, 512)
    assert.deepEqual([...bytes.subarray(start, end)], [0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 60, 0, octets.length, ...octets])
  }
})

test('sections: an RRset that stands in two places, with another owner and TTL than stored', () => {
  const shown = { owner: parseName('x.example.com.'), ttl: 7 }
  const rest = { ...stored('*.example.com.', 1), ...shown, rest: undefined }
  const sections = { answers: [{ ...stored('*.example.com.', 2), ...shown, rest }], authorities: [], additionals: [] }
  const { bytes, start, end, answers } = encodeSections(parseName('x.example.com.'), sections, 512)
  const each = (last: number) => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 7, 0, 4, 192, 0, 2, last]
  assert.deepEqual([...bytes.subarray(start, end)], [...each(0), ...each(1), ...each(0)])
  assert.equal(answers, 3)
})
