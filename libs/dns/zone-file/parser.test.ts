/** What zone files are read as, and what is said of wrong ones. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { formatRR } from '../rr.ts'
import { parseName } from '../name.ts'
import type { ZoneFileItem } from './items.ts'
import { type ZoneFileOptions, ZoneFileParser } from './parser.ts'

const origin = parseName('example.com.')

function itemsOf(text: string, options: Partial<ZoneFileOptions> = {}, cuts: readonly number[] = []): ZoneFileItem[] {
  const bytes = Buffer.from(text, 'latin1')
  const parser = new ZoneFileParser({ origin, ...options })
  const items: ZoneFileItem[] = []
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    parser.push(bytes.subarray(from, cut), (item) => items.push(item))
    from = cut
  }
  parser.end((item) => items.push(item))
  return items
}

/** The records of a text without errors, a line each. */
function recordsOf(text: string, options: Partial<ZoneFileOptions> = {}): string[] {
  return itemsOf(text, options).map((item) => {
    assert.equal(item.kind, 'rr', JSON.stringify(item))
    return formatRR((item as Extract<ZoneFileItem, { kind: 'rr' }>).rr)
  })
}

for (const { name, text, records } of [
  { name: 'a record with everything', text: 'www 300 IN A 192.0.2.1\n', records: ['www.example.com. 300 IN A 192.0.2.1'] },
  { name: 'no line end after the last record', text: 'www 300 IN A 192.0.2.1', records: ['www.example.com. 300 IN A 192.0.2.1'] },
  { name: 'CRLF and tabs', text: 'www\t300\tIN\tA\t192.0.2.1\r\n', records: ['www.example.com. 300 IN A 192.0.2.1'] },
  { name: 'class before TTL', text: 'www IN 300 A 192.0.2.1', records: ['www.example.com. 300 IN A 192.0.2.1'] },
  { name: 'small letters', text: 'www 1H in a 192.0.2.1', records: ['www.example.com. 3600 IN A 192.0.2.1'] },
  { name: 'TTL units', text: 'www 1w2d3h4m5s A 192.0.2.1', records: ['www.example.com. 788645 IN A 192.0.2.1'] },
  {
    name: 'a TTL with its first bit set as zero (RFC 2181 §8)',
    text: 'www 2147483648 A 192.0.2.1',
    records: ['www.example.com. 0 IN A 192.0.2.1'],
  },
  {
    name: '$TTL with units (RFC 2308 §4)',
    text: '$TTL 1h30m\nwww A 192.0.2.1',
    records: ['www.example.com. 5400 IN A 192.0.2.1'],
  },
  {
    name: 'without $TTL, the TTL of the record before (RFC 1035 §5.1)',
    text: 'a 60 A 192.0.2.1\nb A 192.0.2.2',
    records: ['a.example.com. 60 IN A 192.0.2.1', 'b.example.com. 60 IN A 192.0.2.2'],
  },
  {
    name: '$TTL goes before the TTL of the record before (RFC 2308 §4)',
    text: '$TTL 5\na 60 A 192.0.2.1\nb A 192.0.2.2',
    records: ['a.example.com. 60 IN A 192.0.2.1', 'b.example.com. 5 IN A 192.0.2.2'],
  },
  {
    name: 'without any TTL, the minimum of the first SOA, also for what follows',
    text: '@ SOA ns1 host 1 2 3 4 777\n@ NS ns1',
    records: [
      'example.com. 777 IN SOA ns1.example.com. host.example.com. 1 2 3 4 777',
      'example.com. 777 IN NS ns1.example.com.',
    ],
  },
  {
    name: 'an owner left out is the one before, across an error-free comment line and a blank one',
    text: 'a 1 A 192.0.2.1\n; note\n\n\tA 192.0.2.2\n 2 A 192.0.2.3',
    records: ['a.example.com. 1 IN A 192.0.2.1', 'a.example.com. 1 IN A 192.0.2.2', 'a.example.com. 2 IN A 192.0.2.3'],
  },
  {
    name: 'parentheses, with comments and line ends in them (RFC 1035 §5.1)',
    text: '@ 1 SOA ns1 host ( 1 ; serial\n  2h (3) ; nested\n\n 4 5 )\nb 1 A 192.0.2.1',
    records: ['example.com. 1 IN SOA ns1.example.com. host.example.com. 1 7200 3 4 5', 'b.example.com. 1 IN A 192.0.2.1'],
  },
  {
    name: '$ORIGIN, absolute and relative',
    text: '$ORIGIN sub\na 1 A 192.0.2.1\n$ORIGIN net.\na 1 CNAME @\n@ 1 CNAME b.a.',
    records: ['a.sub.example.com. 1 IN A 192.0.2.1', 'a.net. 1 IN CNAME net.', 'net. 1 IN CNAME b.a.'],
  },
  {
    name: '$ORIGIN changes no owner that is left out',
    text: 'a 1 A 192.0.2.1\n$ORIGIN net.\n A 192.0.2.2\na A 192.0.2.3',
    records: ['a.example.com. 1 IN A 192.0.2.1', 'a.example.com. 1 IN A 192.0.2.2', 'a.net. 1 IN A 192.0.2.3'],
  },
  {
    name: 'escapes in names, and an escaped @ is no origin',
    text: 'a\\.b\\032c 1 CNAME \\@\n\\$x 1 A 192.0.2.1',
    records: ['a\\.b\\032c.example.com. 1 IN CNAME \\@.example.com.', '\\$x.example.com. 1 IN A 192.0.2.1'],
  },
  {
    name: 'octets above 127 are taken as they are',
    text: '\u00fc 1 TXT "\u00e4"',
    records: ['\\252.example.com. 1 IN TXT "\\228"'],
  },
  {
    name: 'quoted strings keep ; ( ) and blanks',
    text: 'a 1 TXT "x; (y)  z" w;comment "',
    records: ['a.example.com. 1 IN TXT "x; (y)  z" "w"'],
  },
  {
    name: 'a quote ends a word, as BIND has it',
    text: 'a 1 TXT k="b c"d"e""f"',
    records: ['a.example.com. 1 IN TXT "k=" "b c" "d" "e" "f"'],
  },
  {
    name: 'but in SvcParams quotes belong to the word (RFC 9460 §2.1)',
    text: 'a 1 HTTPS 1 . alpn="h2,h3" port=53',
    records: ['a.example.com. 1 IN HTTPS 1 . alpn="h2,h3" port=53'],
  },
  { name: 'an empty string', text: 'a 1 TXT ""', records: ['a.example.com. 1 IN TXT ""'] },
  {
    name: 'types and class as numbers, RDATA as octets (RFC 3597 §5)',
    text: 'a 1 CLASS1 TYPE1 \\# 4 c0000201\nb 1 TYPE65280 \\# 3 ( 01\n 02 03 )\nc 1 A \\# 4 c0 00 02 01',
    records: ['a.example.com. 1 IN A 192.0.2.1', 'b.example.com. 1 IN TYPE65280 \\# 3 010203', 'c.example.com. 1 IN A 192.0.2.1'],
  },
  { name: 'an owner that looks like a type', text: 'NS 1 NS ns', records: ['NS.example.com. 1 IN NS ns.example.com.'] },
  { name: 'an owner that looks like a TTL', text: '10 1 PTR a.', records: ['10.example.com. 1 IN PTR a.'] },
  {
    name: 'a byte order mark is no part of the name',
    text: '\u00ef\u00bb\u00bfa 1 A 192.0.2.1',
    records: ['a.example.com. 1 IN A 192.0.2.1'],
  },
  { name: 'an owner in quotes', text: '"a" 1 A 192.0.2.1', records: ['a.example.com. 1 IN A 192.0.2.1'] },
  { name: 'nothing at all', text: '', records: [] },
  { name: 'only blanks and comments', text: '  ; a\n\r\n()\n;', records: [] },
])
  test(`reads ${name}`, () => assert.deepEqual(recordsOf(text), records))

for (const { name, text, line, column, offending, rule } of [
  {
    name: 'an address',
    text: 'ok 1 A 192.0.2.1\n\na 1 A 192.0.2.256',
    line: 3,
    column: 7,
    offending: '192.0.2.256',
    rule: /IPv4.*RFC 1035 §3.4.1/,
  },
  { name: 'in parentheses', text: 'a 1 MX (\n  10\n  a..b )', line: 3, column: 3, offending: 'a..b', rule: /empty label/ },
  { name: 'an unknown type', text: 'a 1 IN AAA ::1', line: 1, column: 8, offending: 'AAA', rule: /type.*TYPEnnn.*RFC 3597/ },
  { name: 'a meta type', text: 'a 1 IN ANY x', line: 1, column: 8, offending: 'ANY', rule: /not stored/ },
  { name: 'another class', text: 'a 1 CH TXT x', line: 1, column: 5, offending: 'CH', rule: /class IN/ },
  { name: 'another class by number', text: 'a CLASS3 1 TXT x', line: 1, column: 3, offending: 'CLASS3', rule: /class IN/ },
  { name: 'no TTL anywhere', text: 'a A 192.0.2.1', line: 1, column: 3, offending: 'A', rule: /no TTL.*RFC 2308 §4/ },
  { name: 'a TTL too large', text: 'a 4294967296 A 192.0.2.1', line: 1, column: 3, offending: '4294967296', rule: /RFC 2181 §8/ },
  { name: 'a TTL with a wrong unit', text: 'a 1y A 192.0.2.1', line: 1, column: 3, offending: '1y', rule: /not a TTL/ },
  { name: 'two TTLs', text: 'a 1 IN 1 A 192.0.2.1', line: 1, column: 8, offending: '1', rule: /second time/ },
  { name: 'no type', text: 'a 1 IN', line: 1, column: 7, offending: '', rule: /type is missing/ },
  { name: 'no RDATA', text: 'a 1 IN A', line: 1, column: 9, offending: '', rule: /missing/ },
  { name: 'too much RDATA', text: 'a 1 IN A 192.0.2.1 x', line: 1, column: 20, offending: 'x', rule: /more than/ },
  { name: 'no owner to repeat', text: ' 1 A 192.0.2.1', line: 1, column: 2, offending: '1', rule: /left out/ },
  {
    name: 'a label too long',
    text: `${'a'.repeat(64)} 1 A 192.0.2.1`,
    line: 1,
    column: 1,
    offending: 'a'.repeat(64),
    rule: /63/,
  },
  { name: 'an empty owner in quotes', text: '"" 1 A 192.0.2.1', line: 1, column: 1, offending: '', rule: /empty/ },
  { name: 'an open quote', text: 'a 1 TXT "x\nb 1 A 192.0.2.1', line: 1, column: 9, offending: '"x', rule: /not closed/ },
  { name: 'an open parenthesis', text: 'a 1 TXT (x\n\n', line: 1, column: 9, offending: '(', rule: /not closed/ },
  { name: 'a parenthesis too many', text: 'a 1 TXT x )', line: 1, column: 11, offending: ')', rule: /no parenthesis is open/ },
  {
    name: 'a backslash at the end',
    text: 'a 1 TXT x\\\nb 1 A 192.0.2.1',
    line: 1,
    column: 9,
    offending: 'x\\',
    rule: /backslash/,
  },
  { name: 'an unknown directive', text: '$ORGIN x', line: 1, column: 1, offending: '$ORGIN', rule: /\$ORIGIN, \$TTL/ },
  {
    name: 'an indented directive',
    text: 'a 1 A 192.0.2.1\n $TTL 5',
    line: 2,
    column: 2,
    offending: '$TTL',
    rule: /first column/,
  },
  { name: '$TTL without TTL', text: '$TTL', line: 1, column: 5, offending: '', rule: /needs a TTL/ },
  { name: '$ORIGIN with two names', text: '$ORIGIN a b', line: 1, column: 11, offending: 'b', rule: /more than/ },
]) {
  test(`says what is wrong: ${name}`, () => {
    const errors = itemsOf(text).flatMap((item) => (item.kind === 'error' ? [item.error] : []))
    assert.equal(errors.length, 1)
    assert.deepEqual({ ...errors[0], rule: '' }, { line, column, text: offending, rule: '' })
    assert.match(errors[0]!.rule, rule)
  })
}

test('reading goes on after each error', () => {
  const items = itemsOf('a 1 A x\nb 1 A 192.0.2.1\nc 1 MX ( x\n y )\n"\n) (\nd 1 A y )\ne 1 A 192.0.2.2\n', {
    fileName: 'zone.db',
  })
  const seen = items.map((item) =>
    item.kind === 'error' ? `${item.error.file} ${item.error.line}` : `${item.kind} ${item.line}`,
  )
  assert.deepEqual(seen, ['zone.db 1', 'rr 2', 'zone.db 3', 'zone.db 5', 'zone.db 6', 'rr 8'])
})

test('an endless line costs no more than its length, octet by octet', () => {
  const parser = new ZoneFileParser({ origin })
  const items: ZoneFileItem[] = []
  const piece = Buffer.from('x')
  for (let count = 0; count < 600_000; count++) parser.push(piece, (item) => items.push(item))
  parser.end((item) => items.push(item))
  assert.equal(items.length, 1)
})

test('an owner that could not be read is not repeated with the one before it', () => {
  const items = itemsOf('a 1 A 192.0.2.1\na..b 1 A 192.0.2.2\n A 192.0.2.3\nc A 192.0.2.4\n')
  assert.deepEqual(
    items.map((item) => item.kind),
    ['rr', 'error', 'error', 'rr'],
  )
})

test('after too many errors reading stops and says so', () => {
  const items = itemsOf('x\n'.repeat(50), { maxErrors: 3 })
  assert.equal(items.length, 4)
  assert.match((items[3] as Extract<ZoneFileItem, { kind: 'error' }>).error.rule, /stops after 3 errors/)
})

test('$INCLUDE comes out with the settings the file is read with (RFC 1035 §5.1)', () => {
  assert.deepEqual(itemsOf('$TTL 5\n$INCLUDE sub/hosts.db sub\n$ORIGIN net.\n$INCLUDE "two words"'), [
    { kind: 'include', path: 'sub/hosts.db', origin: parseName('sub.example.com.'), defaultTtl: 5, line: 2, column: 10 },
    { kind: 'include', path: 'two words', origin: parseName('net.'), defaultTtl: 5, line: 4, column: 10 },
  ])
})

test('an entry that is too long is one error, however it arrives, and reading goes on with a later line', () => {
  const text = `a 1 TXT (${'\n'.repeat(262_200)}\nb 1 A 192.0.2.1\n`
  const items = itemsOf(text)
  assert.deepEqual(
    items.map((item) => (item.kind === 'error' ? item.error.line : item.line)),
    [1, 262_202],
  )
  assert.match((items[0] as Extract<ZoneFileItem, { kind: 'error' }>).error.rule, /longer than 262144 octets/)
  const cuts = Array.from({ length: 4000 }, (_, index) => index * 65)
  assert.deepEqual(itemsOf(text, {}, cuts), items)
})

const fragments =
  'a|www|@|300|1h|IN|A|MX|TXT|10|192.0.2.1|b.example.| |\t|\n|\r\n|(|)|"|;|\\|\\"|\\032|$ORIGIN|$TTL|$GENERATE|1-3|$|x${1,2,x}|\\#|4|' +
  'c0000201|\u00e4|"x y"|=|SVCB|a 1 A 192.0.2.1\n| MX 10 b\n|$TTL 5\n|x TXT "a" (\n b\n)\n|$GENERATE 1-3 g$ A 192.0.2.$\n|@ NS ns1 ; c\r\n|bad\n'

test('wherever the text is cut, the items are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...fragments.split('|')), { maxLength: 60 }),
      fc.array(fc.nat(400), { maxLength: 20 }),
      (parts, cuts) => {
        const text = parts.join('')
        const sorted = cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b)
        const every = Array.from({ length: text.length }, (_, index) => index)
        const whole = itemsOf(text)
        assert.deepEqual(itemsOf(text, {}, sorted), whole)
        assert.deepEqual(itemsOf(text, {}, every), whole)
      },
    ),
    { numRuns: 300 },
  )
})

test('any octets give records and errors and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const parser = new ZoneFileParser({ origin })
      const kinds = new Set(['rr', 'error', 'include'])
      parser.push(bytes, (item) => assert.ok(kinds.has(item.kind)))
      parser.end((item) => assert.ok(kinds.has(item.kind)))
    }),
    { numRuns: 500 },
  )
})
