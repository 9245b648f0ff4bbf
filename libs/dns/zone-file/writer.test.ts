/** What is written is read back. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { type Name, parseName } from '../name.ts'
import { parseRDATAText } from '../rdata/parse.ts'
import { formatRR, type RR } from '../rr.ts'
import { TYPE } from '../types.ts'
import { ZoneFileParser } from './parser.ts'
import { formatZone, type WriteOptions } from './writer.ts'

const origin = parseName('Example.com.')
const write = (rrs: Iterable<RR>, options: WriteOptions) => [...formatZone(rrs, options)].join('')

/** Reads with another origin: the text has to say its own. */
function read(text: string): RR[] {
  const rrs: RR[] = []
  const parser = new ZoneFileParser({ origin: parseName('elsewhere.') })
  const emit: Parameters<ZoneFileParser['end']>[0] = (item) => {
    assert.equal(item.kind, 'rr', JSON.stringify(item))
    if (item.kind === 'rr') rrs.push(item.rr)
  }
  parser.push(Buffer.from(text, 'latin1'), emit)
  parser.end(emit)
  return rrs
}

const plain = ({ owner, type, ttl, rdata }: RR) => ({ owner: [...owner], type, ttl, rdata: [...rdata] })
const rr = (owner: string, type: keyof typeof TYPE, text: string, ttl = 60): RR => ({
  owner: parseName(owner),
  type: TYPE[type],
  ttl,
  rdata: parseRDATAText(TYPE[type], text),
})

test('a zone as people read it', () => {
  const rrs = [
    rr('Example.com.', 'NS', 'ns1.Example.com.'),
    rr('Example.com.', 'SOA', 'ns1.Example.com. host.Example.com. 1 2 3 4 5'),
    rr('www.Example.com.', 'A', '192.0.2.1', 300),
    rr('WWW.example.COM.', 'A', '192.0.2.2'),
    rr('\\@.\\$x.Example.com.', 'TXT', '"a;b" "\\"" \\200'),
  ]
  const text = write(rrs, { origin, defaultTtl: 60 })
  assert.equal(
    text,
    [
      '$ORIGIN Example.com.',
      '$TTL 60',
      '@ IN SOA ns1.Example.com. host.Example.com. 1 2 3 4 5',
      '@ IN NS ns1.Example.com.',
      'www 300 IN A 192.0.2.1',
      'WWW.example.COM. IN A 192.0.2.2',
      '\\@.\\$x IN TXT "a;b" "\\"" "\\200"',
      '',
    ].join('\n'),
  )
  assert.deepEqual(
    read(text).map(formatRR),
    [1, 0, 2, 3, 4].map((index) => formatRR(rrs[index]!)),
  )
})

test('records of other owners before the SOA stay where they are', () => {
  const rrs = [rr('a.Example.com.', 'A', '192.0.2.1'), rr('Example.com.', 'SOA', 'a. b. 1 2 3 4 5')]
  assert.deepEqual(read(write(rrs, { origin })).map(formatRR), rrs.map(formatRR))
})

test('the root zone is written under its own origin', () => {
  const rrs = [rr('.', 'SOA', 'a. b. 1 2 3 4 5'), rr('com.', 'NS', 'a.gtld-servers.net.')]
  const text = write(rrs, { origin: parseName('.') })
  assert.match(text, /^\$ORIGIN \.\n@ 60 IN SOA .*\ncom 60 IN NS a\.gtld-servers\.net\.\n$/)
  assert.deepEqual(read(text).map(plain), rrs.map(plain))
})

test('the longest RDATA comes back, even where every octet needs an escape', () => {
  const rdata = new Uint8Array(65_535).fill(200)
  for (let at = 0; at < rdata.length; at += 256) rdata[at] = Math.min(255, rdata.length - at - 1)
  const rrs = [{ owner: origin, type: TYPE.TXT, ttl: 0, rdata }]
  assert.deepEqual(read(write(rrs, { origin })), rrs)
})

const label = fc.oneof(
  fc.constantFrom('a', 'A', 'www', '*', '_tcp', '@', '$', '-'),
  fc.string({ minLength: 1, maxLength: 5, unit: 'binary-ascii' }),
)
const nameUnder = (apex: Name) =>
  fc
    .array(label, { maxLength: 3 })
    .map((labels): Name => Uint8Array.from([...labels.flatMap((text) => [text.length, ...Buffer.from(text)]), ...apex]))
const anyName = fc.oneof(nameUnder(origin), nameUnder(parseName('example.COM.')), nameUnder(parseName('.')))
const characterStrings = fc
  .array(fc.uint8Array({ maxLength: 255 }), { minLength: 1, maxLength: 4 })
  .map((strings) => Uint8Array.from(strings.flatMap((octets) => [octets.length, ...octets])))
const data = fc.oneof(
  fc.record({ type: fc.constant(TYPE.A), rdata: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  fc.record({ type: fc.constant(TYPE.AAAA), rdata: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
  fc.record({ type: fc.constantFrom(TYPE.NS, TYPE.CNAME, TYPE.DNAME, TYPE.PTR), rdata: anyName }),
  fc.record({ type: fc.constant(TYPE.MX), rdata: anyName.map((name) => Uint8Array.from([0, 10, ...name])) }),
  fc.record({ type: fc.constant(TYPE.TXT), rdata: characterStrings }),
  fc.record({ type: fc.constantFrom(65_280, 65_534), rdata: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({
    type: fc.constant(TYPE.CAA),
    rdata: fc.uint8Array({ maxLength: 40 }).map((value) => Uint8Array.from([0, 5, ...Buffer.from('issue'), ...value])),
  }),
  fc.record({
    type: fc.constant(TYPE.DS),
    rdata: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((digest) => Uint8Array.from([1, 2, 13, 2, ...digest])),
  }),
)
const anyRR: fc.Arbitrary<RR> = fc
  .tuple(anyName, fc.oneof(fc.constantFrom(0, 60, 3600), fc.nat(0x7fff_ffff)), data)
  .map(([owner, ttl, { type, rdata }]) => ({ owner, ttl, type, rdata }))

test('what is written is read back: the same octets in the same order', () => {
  const options = fc.record(
    { origin: fc.constantFrom(origin, parseName('.')), defaultTtl: fc.constantFrom(0, 3600) },
    { requiredKeys: ['origin'] },
  )
  fc.assert(
    fc.property(fc.array(anyRR, { maxLength: 12 }), options, (rrs, settings) => {
      assert.deepEqual(read(write(rrs, settings)).map(plain), rrs.map(plain))
    }),
    { numRuns: 400 },
  )
})
