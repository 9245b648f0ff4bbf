/** `$GENERATE`, compared with BIND. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { parseName } from '../name.ts'
import { formatRR } from '../rr.ts'
import { ZoneFileParser } from './parser.ts'

function read(text: string): string[] {
  const parser = new ZoneFileParser({ origin: parseName('e.'), defaultTtl: 1 })
  const lines: string[] = []
  const emit: Parameters<ZoneFileParser['end']>[0] = (item) => {
    if (item.kind === 'rr') lines.push(formatRR(item.rr))
    else if (item.kind === 'error') lines.push(`${item.error.line}:${item.error.column} ${item.error.text}: ${item.error.rule}`)
  }
  parser.push(Buffer.from(text, 'latin1'), emit)
  parser.end(emit)
  return lines
}

// What BIND 9.18's named-compilezone makes of the same lines.
for (const { name, text, records } of [
  {
    name: 'a range',
    text: '1-3 h$ A 192.0.2.$',
    records: ['h1.e. 1 IN A 192.0.2.1', 'h2.e. 1 IN A 192.0.2.2', 'h3.e. 1 IN A 192.0.2.3'],
  },
  { name: 'steps', text: '0-5/2 $ CNAME x', records: ['0.e. 1 IN CNAME x.e.', '2.e. 1 IN CNAME x.e.', '4.e. 1 IN CNAME x.e.'] },
  { name: 'TTL and class', text: '1-1 a 60 IN A 192.0.2.$', records: ['a.e. 60 IN A 192.0.2.1'] },
  { name: 'offset and width', text: '9-9 ${1,3} CNAME ${-9}', records: ['010.e. 1 IN CNAME 0.e.'] },
  { name: 'bases', text: '30-30 ${0,0,d} TXT ${0,3,o} ${0,0,x} ${0,4,X}', records: ['30.e. 1 IN TXT "036" "1e" "001E"'] },
  { name: 'nibbles, the width counting dots', text: '18-18 ${0,7,n}.x PTR ${0,1,N}', records: ['2.1.0.0.x.e. 1 IN PTR 2.1.e.'] },
  {
    name: 'nibbles of an even width end in a dot',
    text: '255-255 ${0,4,n}x CNAME ${0,3,N}',
    records: ['f.f.x.e. 1 IN CNAME F.F.e.'],
  },
  { name: 'a $ that is none', text: '1-1 $$a PTR \\$b', records: ['\\$a.e. 1 IN PTR \\$b.e.'] },
  {
    name: 'RDATA in quotes stands for what is inside',
    text: '5-5 t TXT "a b$ \\"c d\\""',
    records: ['t.e. 1 IN TXT "a" "b5" "c d"'],
  },
  { name: 'RDATA of several words', text: '5-5 m MX $ a$', records: ['m.e. 1 IN MX 5 a5.e.'] },
])
  test(`$GENERATE: ${name}`, () => assert.deepEqual(read(`$GENERATE ${text}`), records))

for (const { name, text, error } of [
  { name: 'no range', text: 'a A 192.0.2.1', error: /^1:11 a: .*start-stop/ },
  { name: 'downwards', text: '3-1 $ A 192.0.2.$', error: /^1:11 3-1: .*upwards/ },
  { name: 'step 0', text: '1-3/0 $ A 192.0.2.$', error: /^1:11 1-3\/0: .*at least 1/ },
  { name: 'too many', text: '0-65536 h$ A 192.0.2.1', error: /^1:11 0-65536: .*65537 records, and 65536/ },
  { name: 'numbers too large', text: '0-2147483648/65536 h$ A 192.0.2.1', error: /at most 2147483647/ },
  { name: 'a number below 0', text: '0-1 h${-1} A 192.0.2.1', error: /^1:15 h\$\{-1\}: .*becomes -1/ },
  { name: 'an open brace', text: '0-1 h${1 A 192.0.2.1', error: /not closed/ },
  { name: 'an unknown base', text: '0-1 h${1,2,q} A 192.0.2.1', error: /base d, o, x, X, n or N/ },
  { name: 'a width out of reason', text: '0-1 h${1,99999,d} A 192.0.2.1', error: /at most 255/ },
  { name: 'no RDATA', text: '0-1 h$ A', error: /RDATA of \$GENERATE is missing/ },
  { name: 'no owner', text: '0-1', error: /owner name of \$GENERATE is missing/ },
  { name: 'an expansion out of reason', text: `0-1 h TXT ${'$ '.repeat(3000)}`, error: /longer than 4096/ },
  { name: 'one error for the whole directive', text: '250-300 h$ A 192.0.2.$', error: /in “h256 A 192.0.2.256”: .*IPv4/ },
]) {
  test(`$GENERATE refuses ${name}`, () => {
    const lines = read(`$GENERATE ${text}`)
    assert.match(lines.at(-1)!, error)
    assert.equal(lines.filter((line) => line.includes('$GENERATE') || line.startsWith('1:')).length, 1)
  })
}

test('$GENERATE makes 16 MiB of text at most', () => {
  const parser = new ZoneFileParser({ origin: parseName('e.'), defaultTtl: 1 })
  const rules: string[] = []
  const string = 'x'.repeat(250)
  parser.push(Buffer.from(`$GENERATE 1-65536 h$ TXT "${`${string} `.repeat(8)}"\n`), (item) => {
    if (item.kind === 'error') rules.push(item.error.rule)
  })
  assert.deepEqual(rules, ['this $GENERATE makes more than 16777216 octets of text'])
})

test('$GENERATE makes as many records as it may', () => assert.equal(read('$GENERATE 1-65536 h$ A 192.0.2.1').length, 65_536))
