/** Messages that are more than they seem: each is refused before it is what it claims to be. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createGzip } from 'node:zlib'
import { afterAll, beforeAll, test } from 'vitest'
import { inspectable } from '../lib/heaps.ts'
import { startSystem, type System } from '../lib/system.ts'
import { message } from './http2-frames.ts'
import { overHTTP1, overHTTP2, type RawRequest } from './requests.ts'
import { type Target, targetOf } from './under-attack.ts'

const unary = '/zonecast.zone.v1.ZoneService/GetZone'
const stream = '/zonecast.zone.v1.ZoneService/ImportZone'
const atOnce = 10

let system: System
let target: Target
let bomb: Buffer

beforeAll(async () => {
  system = await startSystem({ edges: [], publishers: [], flags: inspectable })
  target = await targetOf(system, 'zone-api')
  bomb = await zipped(512 << 20)
})
afterAll(async () => {
  await target?.close()
  await system?.close()
})

/** That many zeros. */
async function zipped(octets: number): Promise<Buffer> {
  const gzip = createGzip({ level: 9 })
  const chunks: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk))
  const zeros = Buffer.alloc(1 << 20)
  for (let at = 0; at < octets; at += zeros.length) if (!gzip.write(zeros)) await once(gzip, 'drain')
  gzip.end()
  await once(gzip, 'end')
  return Buffer.concat(chunks)
}

const grpc = { 'content-type': 'application/grpc' }
const web = { 'content-type': 'application/grpc-web+proto' }
const json = { 'content-type': 'application/json' }
const proto = { 'content-type': 'application/proto' }
const connectStream = { 'content-type': 'application/connect+proto' }
const chunked = { 'transfer-encoding': 'chunked' }
const lengthOf = (...parts: Uint8Array[]) => ({ 'content-length': String(parts.reduce((sum, part) => sum + part.length, 0)) })
const large = 64 << 20

/** A message of 64 MiB, a MiB at a time. */
function* largeMessage(): Generator<Uint8Array> {
  yield message(Buffer.alloc(0), { length: large })
  yield* largeBody()
}

function* largeBody(): Generator<Uint8Array> {
  const part = Buffer.alloc(1 << 20, 0x20)
  for (let at = 0; at < large; at += part.length) yield part
}

function nested(open: string, middle: string, close: string, levels: number): Buffer {
  return Buffer.from(open.repeat(levels) + middle + close.repeat(levels))
}

type Sender = (request: RawRequest) => Promise<string>
interface Case {
  readonly name: string
  readonly over: Sender
  readonly request: () => Omit<RawRequest, 'port'>
  /** What is answered. */
  readonly refused: RegExp
}

const exhausted = /grpc-status: 8|resource_exhausted/
/** One that goes on sending may miss what it is told. */
const told = /grpc-status: 8|resource_exhausted|closed without a word/
const unimplemented = /grpc-status: 12|unimplemented/
const invalid = /grpc-status: 3|invalid_argument/

const cases: Case[] = [
  {
    name: 'zip bomb in gRPC',
    over: overHTTP2,
    request: () => ({ path: unary, headers: { ...grpc, 'grpc-encoding': 'gzip' }, body: [message(bomb, { flag: 1 })] }),
    refused: unimplemented,
  },
  {
    name: 'zip bomb in a stream of gRPC',
    over: overHTTP2,
    request: () => ({ path: stream, headers: { ...grpc, 'grpc-encoding': 'gzip' }, body: [message(bomb, { flag: 1 })] }),
    refused: unimplemented,
  },
  {
    name: 'zip bomb in gRPC that says nothing of compression',
    over: overHTTP2,
    request: () => ({ path: unary, headers: grpc, body: [message(bomb, { flag: 1 })] }),
    refused: /grpc-status: 13/,
  },
  {
    name: 'zip bomb in gRPC-Web',
    over: overHTTP1,
    request: () => {
      const body = [message(bomb, { flag: 1 })]
      return { path: unary, headers: { ...web, ...lengthOf(...body), 'grpc-encoding': 'gzip' }, body }
    },
    refused: unimplemented,
  },
  {
    name: 'zip bomb in Connect, protobuf',
    over: overHTTP1,
    request: () => ({ path: unary, headers: { ...proto, ...lengthOf(bomb), 'content-encoding': 'gzip' }, body: [bomb] }),
    refused: unimplemented,
  },
  {
    name: 'zip bomb in Connect, JSON',
    over: overHTTP2,
    request: () => ({ path: unary, headers: { ...json, 'content-encoding': 'gzip' }, body: [bomb] }),
    refused: unimplemented,
  },
  {
    name: 'zip bomb in a stream of Connect',
    over: overHTTP2,
    request: () => ({
      path: stream,
      headers: { ...connectStream, 'connect-content-encoding': 'gzip' },
      body: [message(bomb, { flag: 1 })],
    }),
    refused: unimplemented,
  },
  {
    name: 'a frame of gRPC that says it has 1 GiB',
    over: overHTTP2,
    request: () => ({ path: unary, headers: grpc, body: [message(Buffer.alloc(10), { length: 1 << 30 })] }),
    refused: exhausted,
  },
  {
    name: 'a frame of gRPC-Web that says it has 4 GiB',
    over: overHTTP1,
    request: () => {
      const body = [message(Buffer.alloc(10), { length: 0xffff_ffff })]
      return { path: unary, headers: { ...web, ...lengthOf(...body) }, body }
    },
    refused: exhausted,
  },
  {
    name: 'a body of Connect that says it has 1 GiB',
    over: overHTTP1,
    request: () => ({ path: unary, headers: { ...proto, 'content-length': String(1 << 30) }, body: [Buffer.alloc(10)] }),
    refused: /resource_exhausted/,
  },
  {
    name: 'a body over HTTP/2 that is longer than it says',
    over: overHTTP2,
    request: () => ({ path: unary, headers: { ...grpc, 'content-length': '5' }, body: [message(Buffer.alloc(100_000))] }),
    refused: /closed with/,
  },
  {
    name: 'a body with two lengths',
    over: overHTTP1,
    request: () => ({ path: unary, headers: { ...proto, ...chunked, 'content-length': '5' }, body: [Buffer.from('0\r\n\r\n')] }),
    refused: /^400/,
  },
  {
    name: 'a chunk that says it has 2⁶⁴ octets',
    over: overHTTP1,
    request: () => ({ path: unary, headers: { ...proto, ...chunked }, body: [Buffer.from('ffffffffffffffff1\r\nabc')] }),
    refused: /^400|closed/,
  },
  {
    name: 'a string of 2 GiB in a message of 7 octets',
    over: overHTTP2,
    request: () => ({ path: unary, headers: grpc, body: [message(Buffer.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x07, 0x61))] }),
    refused: invalid,
  },
  {
    name: 'JSON of 100 000 lists in each other',
    over: overHTTP2,
    request: () => ({ path: unary, headers: json, body: [nested('[', '', ']', 100_000)] }),
    refused: invalid,
  },
  {
    name: 'JSON of 100 000 objects in each other',
    over: overHTTP2,
    request: () => ({ path: unary, headers: json, body: [nested('{"zone":', '1', '}', 100_000)] }),
    refused: invalid,
  },
  {
    name: 'JSON that opens lists and closes none',
    over: overHTTP2,
    request: () => ({ path: unary, headers: json, body: [Buffer.alloc(1_000_000, '[')] }),
    refused: invalid,
  },
  {
    name: 'JSON with a number of a million digits',
    over: overHTTP2,
    request: () => ({ path: unary, headers: json, body: [Buffer.from(`{"version":${'9'.repeat(1_000_000)}}`)] }),
    refused: invalid,
  },
  {
    name: 'JSON with a number that has no end',
    over: overHTTP2,
    request: () => ({ path: unary, headers: json, body: [Buffer.from('{"zone":1e999999999}')] }),
    refused: invalid,
  },
  {
    name: 'JSON with a string of a million characters',
    over: overHTTP2,
    request: () => ({ path: unary, headers: json, body: [Buffer.from(`{"zone":"${'a.'.repeat(500_000)}"}`)] }),
    refused: invalid,
  },
  {
    name: '64 MiB in one message of gRPC',
    over: overHTTP2,
    request: () => ({ path: unary, headers: grpc, body: largeMessage() }),
    refused: exhausted,
  },
  {
    name: '64 MiB in one message of a stream of gRPC',
    over: overHTTP2,
    request: () => ({ path: stream, headers: grpc, body: largeMessage() }),
    refused: exhausted,
  },
  {
    name: '64 MiB in one message of gRPC-Web',
    over: overHTTP1,
    request: () => ({ path: unary, headers: { ...web, 'content-length': String(large + 5) }, body: largeMessage() }),
    refused: told,
  },
  {
    name: '64 MiB in one message of Connect',
    over: overHTTP1,
    request: () => ({ path: unary, headers: { ...json, 'content-length': String(large) }, body: largeBody() }),
    refused: told,
  },
]

for (const { name, over, request, refused } of cases)
  test(`zone-api: ${name}`, () =>
    target.during(name, async () => {
      const authorized = (sent: Omit<RawRequest, 'port'>): RawRequest => ({
        ...sent,
        port: target.port,
        headers: { ...sent.headers, authorization: `Bearer ${target.token}` },
      })
      const answers = await Promise.all(Array.from({ length: atOnce }, () => over(authorized(request()))))
      for (const answer of answers) assert.match(answer, refused)
      return `${atOnce} × ${[...new Set(answers)].join(', ')}`
    }))
