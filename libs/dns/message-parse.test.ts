/** Messages as others send them, and what is refused. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { MessageError } from './message.ts'
import { parseHeader, parseMessage, parseQuery } from './message-parse.ts'
import { formatName } from './name.ts'
import { formatRR } from './rr.ts'

/** Octets from hexadecimal with blanks. */
const octets = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
const header = (counts: string, flags = '0100') => `1234 ${flags} ${counts}`
const question = '03777777 076578616d706c65 03636f6d 00 0001 0001'
const opt = '00 0029 04d0 00 00 8000 0000'

test('a query of dig', () => {
  const query = parseQuery(
    octets(`${header('0001 0000 0000 0001', '0120')} ${question} 00 0029 04d0 00 00 8000 000c 000a 0008 0102030405060708`),
  )
  assert.equal(formatName(query.question.name), 'www.example.com.')
  assert.deepEqual(
    { ...query, question: 0 },
    {
      id: 0x1234,
      qr: false,
      opcode: 0,
      aa: false,
      tc: false,
      rd: true,
      ra: false,
      ad: true,
      cd: false,
      rcode: 0,
      question: 0,
      edns: { udpSize: 1232, version: 0, doBit: true, options: [{ code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }] },
    },
  )
})

test('a query without EDNS has none', () => {
  assert.equal('edns' in parseQuery(octets(`${header('0001 0000 0000 0000')} ${question}`)), false)
})

test('what is read from a Buffer survives the next message in it', () => {
  const buffer = Buffer.from(octets(`${header('0001 0000 0000 0001')} ${question} 00 0029 04d0 00000000 0005 000a 0001 07`))
  const queries = [parseQuery(buffer), parseMessage(buffer)] as const
  buffer.fill(0xff)
  for (const name of [queries[0].question.name, queries[1].questions[0]!.name]) assert.equal(formatName(name), 'www.example.com.')
  for (const { edns } of queries) assert.deepEqual(edns?.options[0]?.data, Uint8Array.of(7))
})

test('a response with compressed names in owners and RDATA', () => {
  const message = parseMessage(
    octets(`${header('0001 0002 0001 0001', '8580')} ${question}
      c00c 0005 0001 0000003c 0004 0161 c010
      c02d 0001 0001 0000003c 0004 c0000201
      c010 0002 0001 ffffffff 0002 c02d
      ${opt}`),
  )
  assert.deepEqual(
    message.answers.map((rr) => formatRR(rr)),
    ['www.example.com. 60 IN CNAME a.example.com.', 'a.example.com. 60 IN A 192.0.2.1'],
  )
  // A TTL of 2³¹ or more counts as zero (RFC 2181 §8).
  assert.deepEqual(
    message.authorities.map((rr) => formatRR(rr)),
    ['example.com. 0 IN NS a.example.com.'],
  )
  assert.deepEqual(message.additionals, [])
  assert.equal(message.edns?.udpSize, 1232)
})

test('the RCODE has the bits of OPT above its own (RFC 6891 §6.1.3)', () => {
  assert.equal(parseMessage(octets(`${header('0000 0000 0000 0001', '8001')} 00 0029 04d0 01 00 0000 0000`)).rcode, 0x11)
})

const both = [parseMessage, parseQuery]
for (const { name, hex, readers, why } of [
  { name: 'fewer than 12 octets', hex: '1234 0100 0001 0000 0000 00', readers: both, why: /12 octets/ },
  { name: 'a question that is not there', hex: header('0001 0000 0000 0000'), readers: both, why: /past the end/ },
  { name: 'half a question', hex: `${header('0001 0000 0000 0000')} 0161 00 0001 00`, readers: both, why: /past the end/ },
  {
    name: 'octets behind the end',
    hex: `${header('0001 0000 0000 0000')} ${question} 00`,
    readers: [parseMessage],
    why: /follow/,
  },
  { name: 'an RR that is not there', hex: `${header('0001 0001 0000 0000')} ${question}`, readers: both, why: /past the end/ },
  {
    name: 'RDATA past the end',
    hex: `${header('0001 0000 0000 0001')} ${question} 00 0029 0200 00000000 0001`,
    readers: both,
    why: /past the end/,
  },
  { name: 'two OPTs', hex: `${header('0001 0000 0000 0002')} ${question} ${opt} ${opt}`, readers: both, why: /one OPT/ },
  {
    name: 'OPT in the answer section',
    hex: `${header('0001 0001 0000 0000')} ${question} ${opt}`,
    readers: both,
    why: /additional/,
  },
  {
    name: 'OPT with an owner name',
    hex: `${header('0001 0000 0000 0001')} ${question} c00c ${opt.slice(3)}`,
    readers: both,
    why: /root/,
  },
  {
    name: 'an EDNS option past the end',
    hex: `${header('0001 0000 0000 0001')} ${question} 00 0029 04d0 00000000 0005 0003 0002 00`,
    readers: both,
    why: /option/,
  },
  {
    name: 'half an EDNS option',
    hex: `${header('0001 0000 0000 0001')} ${question} 00 0029 04d0 00000000 0003 0003 00`,
    readers: both,
    why: /option/,
  },
  { name: 'a label type of old', hex: `${header('0001 0000 0000 0000')} 41 00 0001 0001`, readers: both, why: /label/ },
  {
    name: 'a pointer to itself',
    hex: `${header('0001 0000 0000 0000')} c00c 0001 0001`,
    readers: [parseMessage],
    why: /backwards/,
  },
  {
    name: 'a pointer forwards',
    hex: `${header('0001 0000 0000 0000')} c010 0001 0001 00`,
    readers: [parseMessage],
    why: /backwards/,
  },
  {
    name: 'a pointer as the name of a request',
    hex: `${header('0001 0000 0000 0000')} c000 0001 0001`,
    readers: [parseQuery],
    why: /label/,
  },
  { name: 'a request without a question', hex: header('0000 0000 0000 0000'), readers: [parseQuery], why: /RFC 9619/ },
  {
    name: 'a request with two questions',
    hex: `${header('0002 0000 0000 0000')} ${question} ${question}`,
    readers: [parseQuery],
    why: /RFC 9619/,
  },
  {
    name: 'an address of 3 octets',
    hex: `${header('0000 0001 0000 0000')} 00 0001 0001 00000000 0003 c00002`,
    readers: [parseMessage],
    why: /./,
  },
  {
    name: 'an RR of another class',
    hex: `${header('0000 0001 0000 0000')} 00 0010 0003 00000000 0002 0161`,
    readers: [parseMessage],
    why: /class IN/,
  },
]) {
  test(`refuses ${name}`, () => {
    for (const read of readers) {
      assert.throws(
        () => read(octets(hex)),
        (error) => error instanceof MessageError && why.test(error.message) && (error.header?.id ?? 0x1234) === 0x1234,
      )
    }
  })
}

test('an error carries the header, for the answer with FORMERR', () => {
  const hex = header('0001 0000 0000 0000', '2900')
  assert.throws(
    () => parseQuery(octets(hex)),
    (error) => error instanceof MessageError && error.header?.opcode === 5 && error.header.rd && error.offset === 12,
  )
  assert.equal(parseHeader(octets(hex)).opcode, 5)
})

test('a chain of pointers without labels is given up early', () => {
  const bytes = new Uint8Array(65_535)
  bytes.set(octets(header('0001 ffff 0000 0000')))
  const view = new DataView(bytes.buffer)
  const start = 12 + 5
  for (let at = start; at < 0x3ffe; at += 2) view.setUint16(at, 0xc000 | (at === start ? 12 : at - 2))
  assert.throws(() => parseMessage(bytes), MessageError)
  bytes[5] = 0
  view.setUint16(12, 0xc000 | 10)
  assert.throws(() => parseMessage(bytes), MessageError)
})

/** Octets like those of messages: headers with small counts, labels, pointers, types, and anything. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc.nat(60).map((offset) => Uint8Array.of(0xc0, offset)),
  fc.constantFrom(
    ...[
      question,
      opt,
      '0161',
      '00',
      '0001 0001 0000003c 0004 c0000201',
      '0006 0001 00000000 0016',
      '0041 0001 00000000 0009',
    ].map(octets),
  ),
)
const messageLike = fc
  .tuple(fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 4, maxLength: 4 }), fc.array(piece, { maxLength: 20 }))
  .map(([counts, pieces]) =>
    Uint8Array.from([0x12, 0x34, 1, 0, ...counts.flatMap((count) => [0, count]), ...pieces.flatMap((part) => [...part])]),
  )

test('any octets are a message or a MessageError', () => {
  fc.assert(
    fc.property(fc.oneof(messageLike, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      for (const read of both) {
        try {
          read(bytes)
        } catch (error) {
          assert.ok(error instanceof MessageError, String(error))
        }
      }
    }),
    { numRuns: 3000 },
  )
})
