/** Lookup where servers differ: DNSSEC types at aliases and cuts, wildcards as hosts, and where a response comes from. */
import assert from 'node:assert/strict'
import { formatName, parseName, TYPE } from '@zonecast/dns'
import { test } from 'vitest'
import { linesOf, parseRRs, viewOf } from '../test-zone.ts'
import { lookup } from './lookup.ts'
import { withNsec } from './test-signing.ts'

const rrs = parseRRs(
  `
@       SOA ns1 host 7 3600 600 86400 7200
@       NS  ns1
ns1     A   192.0.2.1
alias   CNAME ns1
*.wild  A   192.0.2.2
mx      MX  10 host.wild
cut     NS  ns.cut
cut     DS  1 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns.cut  A   192.0.2.3
dn      DNAME wild`,
  'example.',
)
const apex = parseName('example.')
const unsigned = viewOf(rrs)
const signed = viewOf(withNsec(rrs, apex))
const ask = (view: typeof unsigned, name: string, type: number, dnssecOk = false) =>
  lookup(view, { name: parseName(name), type, dnssecOk })
const typesOf = (answers: readonly { readonly type: number }[]) => [...new Set(answers.map(({ type }) => type))]

test('NSEC and RRSIG asked of an alias are its own (RFC 4034 §3, §4)', () => {
  for (const type of [TYPE.NSEC, TYPE.RRSIG]) {
    assert.deepEqual(typesOf(ask(signed, 'alias.example.', type).answers), [type])
    assert.equal(ask(unsigned, 'alias.example.', type).kind, 'nodata')
  }
  assert.deepEqual(typesOf(ask(signed, 'alias.example.', TYPE.DNSKEY).answers), [TYPE.CNAME])
})

test('NSEC asked of a cut is the parent’s; below it, and without NSEC, there is a referral', () => {
  const { kind, aa, answers } = ask(signed, 'cut.example.', TYPE.NSEC)
  assert.deepEqual([kind, aa, typesOf(answers)], ['answer', true, [TYPE.NSEC]])
  assert.equal(ask(signed, 'ns.cut.example.', TYPE.NSEC).kind, 'referral')
  assert.equal(ask(unsigned, 'cut.example.', TYPE.NSEC).kind, 'referral')
})

test('a referral has DS in a signed zone only', () => {
  assert.deepEqual(typesOf(ask(unsigned, 'x.cut.example.', TYPE.A, true).authorities), [TYPE.NS])
  assert.deepEqual(typesOf(ask(signed, 'x.cut.example.', TYPE.A, true).authorities), [TYPE.NS, TYPE.DS, TYPE.RRSIG])
})

test('a wildcard stands for the host that an MX names', () => {
  const lines = linesOf(ask(unsigned, 'mx.example.', TYPE.MX).additionals).map((line) => line.replaceAll(/\s+/g, ' '))
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /^host\.wild\.example\. .*A 192\.0\.2\.2$/)
})

for (const { name, of } of [
  { name: 'ns1.example.', of: 'ns1.example.' },
  { name: 'made.up.wild.example.', of: '*.wild.example.' },
  { name: 'made.up.example.', of: 'example.' },
  { name: 'made.up.cut.example.', of: 'cut.example.' },
  { name: 'made.up.dn.example.', of: 'dn.example.' },
  { name: 'alias.example.', of: 'alias.example.' },
])
  test(`the source of ${name} is ${of}`, () => {
    assert.equal(formatName(ask(unsigned, name, TYPE.A).source), of)
  })
