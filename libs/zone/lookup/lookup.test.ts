/** Lookup against the examples and corners of the RFCs. */
import assert from 'node:assert/strict'
import { parseName } from '@zonecast/dns'
import { test } from 'vitest'
import { linesOf, parseRRs, viewOf } from '../test-zone.ts'
import { lookup } from './lookup.ts'
import { type ResponseRow, responseOf, responseTo } from './test-response.ts'

const zone = viewOf(
  parseRRs(
    `
@              SOA ns1 host 7 3600 600 86400 7200
@              NS  ns1
@              NS  ns.sub
@              MX  10 mail
@              MX  20 hidden.sub
ns1            A   192.0.2.1
ns1            AAAA 2001:db8::1
mail           A   192.0.2.2
www            CNAME web
web            CNAME host
host           A   192.0.2.3
Case           A   192.0.2.9
out            CNAME www.example.net.
lost           CNAME nowhere
loop1          CNAME loop2
loop2          CNAME loop1
self           CNAME self
tosub          CNAME a.sub
toempty        CNAME deep
a.b.deep       TXT x
*.wild         CNAME host
*.wildtext     TXT w
_srv           SRV 1 1 80 host
_no            SRV 0 0 0 .
svc            HTTPS 1 .
svc            A   192.0.2.4
alias          HTTPS 0 svc
sub            NS  ns.sub
sub            NS  ns.sister
sub            NS  ns1
sub            NS  ns.example.net.
sub            DS  1 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
sub            A   192.0.2.66
ns.sub         A   192.0.2.5
hidden.sub     A   192.0.2.6
hidden.sub     TXT occluded
under.hidden.sub NS ns.example.net.
sister         NS  ns.sister
ns.sister      AAAA 2001:db8::5
bare           NS  ns.example.net.
dn             DNAME target
dn             TXT beside
x.target       A   192.0.2.7
dnout          DNAME example.net.
dnloop         DNAME dnloop
*.empty.nest   TXT n
sub.*.hollow   TXT h`,
    'example.com.',
  ),
)
const soa = 'example.com. 3600 IN SOA ns1.example.com. host.example.com. 7 3600 600 86400 7200'
const web = ['www.example.com. 3600 IN CNAME web.example.com.', 'web.example.com. 3600 IN CNAME host.example.com.']
const host = 'host.example.com. 3600 IN A 192.0.2.3'
const ns1 = ['ns1.example.com. 3600 IN A 192.0.2.1', 'ns1.example.com. 3600 IN AAAA 2001:db8::1']
const sub = {
  kind: 'referral',
  authorities: ['ns.sub.example.com.', 'ns.sister.example.com.', 'ns.example.net.', 'ns1.example.com.'].map(
    (server) => `sub.example.com. 3600 IN NS ${server}`,
  ),
  additionals: ['ns.sub.example.com. 3600 IN A 192.0.2.5', 'ns.sister.example.com. 3600 IN AAAA 2001:db8::5', ...ns1],
  required: 1,
} as const
const longName = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(45)}.dn.example.com.`

for (const row of [
  { name: 'an exact match (RFC 1034 §4.3.2 step 3a)', ask: 'host.example.com. A', kind: 'answer', answers: [host] },
  {
    name: 'names match in any case, and answer as stored (RFC 4343 §4.1)',
    ask: 'cASE.example.com. A',
    kind: 'answer',
    answers: ['Case.example.com. 3600 IN A 192.0.2.9'],
  },
  { name: 'the SOA, which stands in no page', ask: 'example.com. SOA', kind: 'answer', answers: [soa] },
  { name: 'no data at a name with other types (RFC 2308 §2.2)', ask: 'host.example.com. TXT', kind: 'nodata' },
  { name: 'no data at an empty non-terminal', ask: 'b.deep.example.com. TXT', kind: 'nodata' },
  { name: 'no such name (RFC 2308 §2.1)', ask: 'nowhere.example.com. A', kind: 'nxdomain' },
  { name: 'no such name below a name with data', ask: 'x.host.example.com. A', kind: 'nxdomain' },
  { name: 'a chain of CNAMEs', ask: 'www.example.com. A', kind: 'answer', answers: [...web, host] },
  { name: 'a CNAME asked for is not followed', ask: 'www.example.com. CNAME', kind: 'answer', answers: [web[0]!] },
  { name: 'a chain that ends without data (RFC 2308 §2.2)', ask: 'www.example.com. MX', kind: 'nodata', answers: web },
  {
    name: 'a chain that ends in no name is NXDOMAIN (RFC 6604 §2)',
    ask: 'lost.example.com. A',
    kind: 'nxdomain',
    answers: ['lost.example.com. 3600 IN CNAME nowhere.example.com.'],
  },
  {
    name: 'a chain that ends at an empty non-terminal',
    ask: 'toempty.example.com. A',
    kind: 'nodata',
    answers: ['toempty.example.com. 3600 IN CNAME deep.example.com.'],
  },
  {
    name: 'a CNAME out of the zone',
    ask: 'out.example.com. A',
    kind: 'answer',
    answers: ['out.example.com. 3600 IN CNAME www.example.net.'],
  },
  {
    name: 'a loop of two is answered once round',
    ask: 'loop1.example.com. A',
    kind: 'answer',
    answers: ['loop1.example.com. 3600 IN CNAME loop2.example.com.', 'loop2.example.com. 3600 IN CNAME loop1.example.com.'],
  },
  {
    name: 'a loop of one',
    ask: 'self.example.com. A',
    kind: 'answer',
    answers: ['self.example.com. 3600 IN CNAME self.example.com.'],
  },
  {
    name: 'a CNAME into a delegated name is authoritative, with a referral',
    ask: 'tosub.example.com. A',
    ...sub,
    aa: true,
    answers: ['tosub.example.com. 3600 IN CNAME a.sub.example.com.'],
  },
  {
    name: 'a wildcard CNAME is followed (RFC 4592 §4.5)',
    ask: 'Q.wild.example.com. A',
    kind: 'answer',
    answers: ['Q.wild.example.com. 3600 IN CNAME host.example.com.', host],
  },
  { name: 'a wildcard does not stand for its own encloser', ask: 'wildtext.example.com. TXT', kind: 'nodata' },
  {
    name: 'a wildcard that is an empty non-terminal gives no data (RFC 4592 §2.2.2)',
    ask: 'q.hollow.example.com. TXT',
    kind: 'nodata',
  },
  {
    name: 'a wildcard below a missing label',
    ask: 'a.empty.nest.example.com. TXT',
    kind: 'answer',
    answers: ['a.empty.nest.example.com. 3600 IN TXT "n"'],
  },
  { name: 'a name below a cut is a referral with glue, in-domain first (RFC 9471 §3)', ask: 'a.b.sub.example.com. A', ...sub },
  { name: 'the cut itself is a referral', ask: 'sub.example.com. A', ...sub },
  { name: 'NS at the cut is a referral', ask: 'sub.example.com. NS', ...sub },
  { name: 'glue asked for is a referral', ask: 'ns.sub.example.com. A', ...sub },
  { name: 'an occluded name is a referral', ask: 'hidden.sub.example.com. TXT', ...sub },
  { name: 'a cut below a cut is occluded', ask: 'x.under.hidden.sub.example.com. A', ...sub },
  {
    name: 'DS is answered at the parent side (RFC 4035 §3.1.4.1)',
    ask: 'sub.example.com. DS',
    kind: 'answer',
    answers: ['sub.example.com. 3600 IN DS 1 8 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF'],
  },
  { name: 'DS of an unsigned delegation has no data', ask: 'bare.example.com. DS', kind: 'nodata' },
  { name: 'DS below a cut is a referral', ask: 'x.sub.example.com. DS', ...sub },
  { name: 'DS at the apex has no data here', ask: 'example.com. DS', kind: 'nodata' },
  { name: 'DS of a name that is no cut', ask: 'host.example.com. DS', kind: 'nodata' },
  { name: 'DS of a missing name', ask: 'nowhere.example.com. DS', kind: 'nxdomain' },
  {
    name: 'a cut without glue',
    ask: 'x.bare.example.com. A',
    kind: 'referral',
    authorities: ['bare.example.com. 3600 IN NS ns.example.net.'],
  },
  {
    name: 'NS at the apex brings addresses, glue among them',
    ask: 'example.com. NS',
    kind: 'answer',
    answers: ['example.com. 3600 IN NS ns.sub.example.com.', 'example.com. 3600 IN NS ns1.example.com.'],
    additionals: ['ns.sub.example.com. 3600 IN A 192.0.2.5', ...ns1],
  },
  {
    name: 'MX brings addresses, those that are not authoritative left out',
    ask: 'example.com. MX',
    kind: 'answer',
    answers: ['example.com. 3600 IN MX 10 mail.example.com.', 'example.com. 3600 IN MX 20 hidden.sub.example.com.'],
    additionals: ['mail.example.com. 3600 IN A 192.0.2.2'],
  },
  {
    name: 'SRV brings addresses',
    ask: '_srv.example.com. SRV',
    kind: 'answer',
    answers: ['_srv.example.com. 3600 IN SRV 1 1 80 host.example.com.'],
    additionals: [host],
  },
  {
    name: 'SRV without a service',
    ask: '_no.example.com. SRV',
    kind: 'answer',
    answers: ['_no.example.com. 3600 IN SRV 0 0 0 .'],
  },
  {
    name: 'HTTPS brings the addresses of its own name for a dot (RFC 9460 §2.5.2)',
    ask: 'svc.example.com. HTTPS',
    kind: 'answer',
    answers: ['svc.example.com. 3600 IN HTTPS 1 .'],
    additionals: ['svc.example.com. 3600 IN A 192.0.2.4'],
  },
  {
    name: 'HTTPS in AliasMode brings those of its target',
    ask: 'alias.example.com. HTTPS',
    kind: 'answer',
    answers: ['alias.example.com. 3600 IN HTTPS 0 svc.example.com.'],
    additionals: ['svc.example.com. 3600 IN A 192.0.2.4'],
  },
  {
    name: 'a DNAME makes a CNAME and is followed (RFC 6672 §3.2)',
    ask: 'X.dn.example.com. A',
    kind: 'answer',
    answers: [
      'dn.example.com. 3600 IN DNAME target.example.com.',
      'X.dn.example.com. 3600 IN CNAME X.target.example.com.',
      'x.target.example.com. 3600 IN A 192.0.2.7',
    ],
  },
  {
    name: 'a DNAME does not redirect its own owner (RFC 6672 §2.3)',
    ask: 'dn.example.com. TXT',
    kind: 'answer',
    answers: ['dn.example.com. 3600 IN TXT "beside"'],
  },
  {
    name: 'a DNAME asked for',
    ask: 'dn.example.com. DNAME',
    kind: 'answer',
    answers: ['dn.example.com. 3600 IN DNAME target.example.com.'],
  },
  { name: 'a DNAME owner without the type', ask: 'dn.example.com. A', kind: 'nodata' },
  {
    name: 'a DNAME leads to no name',
    ask: 'y.dn.example.com. A',
    kind: 'nxdomain',
    answers: ['dn.example.com. 3600 IN DNAME target.example.com.', 'y.dn.example.com. 3600 IN CNAME y.target.example.com.'],
  },
  {
    name: 'a CNAME that a DNAME makes is not followed where it is what was asked for',
    ask: 'y.dn.example.com. CNAME',
    kind: 'answer',
    answers: ['dn.example.com. 3600 IN DNAME target.example.com.', 'y.dn.example.com. 3600 IN CNAME y.target.example.com.'],
  },
  {
    name: 'ANY below a DNAME is the CNAME it makes',
    ask: 'x.dn.example.com. ANY',
    kind: 'answer',
    answers: ['dn.example.com. 3600 IN DNAME target.example.com.', 'x.dn.example.com. 3600 IN CNAME x.target.example.com.'],
  },
  {
    name: 'a DNAME out of the zone (RFC 6672 §3.2)',
    ask: 'y.dnout.example.com. CNAME',
    kind: 'answer',
    answers: ['dnout.example.com. 3600 IN DNAME example.net.', 'y.dnout.example.com. 3600 IN CNAME y.example.net.'],
  },
  {
    name: 'too long a name is YXDOMAIN (RFC 6672 §2.2)',
    ask: `${longName} A`,
    kind: 'answer',
    rcode: 6,
    answers: ['dn.example.com. 3600 IN DNAME target.example.com.'],
  },
  {
    name: 'a DNAME to itself ends',
    ask: 'y.dnloop.example.com. A',
    kind: 'answer',
    answers: [
      'dnloop.example.com. 3600 IN DNAME dnloop.example.com.',
      'y.dnloop.example.com. 3600 IN CNAME y.dnloop.example.com.',
    ],
  },
  { name: 'ANY is one RRset (RFC 8482 §4.1)', ask: 'ns1.example.com. ANY', kind: 'answer', answers: [ns1[0]!] },
  { name: 'ANY at a CNAME is the CNAME', ask: 'www.example.com. ANY', kind: 'answer', answers: [web[0]!] },
  { name: 'ANY below a cut is a referral', ask: 'x.sub.example.com. ANY', ...sub },
  { name: 'ANY at an empty non-terminal', ask: 'deep.example.com. ANY', kind: 'nodata' },
  { name: 'an unknown type', ask: 'host.example.com. TYPE65300', kind: 'nodata' },
] satisfies ResponseRow[])
  test(`lookup: ${row.name}`, () => assert.deepEqual(responseTo(zone, row.ask), responseOf(row, soa)))

test('lookup: a chain of more than 16 links is cut there', () => {
  const chain = Array.from({ length: 40 }, (_, i) => `c${i} CNAME c${i + 1}`).join('\n')
  const view = viewOf(parseRRs(`@ SOA ns host 1 1 1 1 1\n@ NS ns\n${chain}`, 'example.'))
  const answer = lookup(view, { name: parseName('c0.example.'), type: 1 })
  assert.equal(answer.kind, 'answer')
  assert.equal(answer.rcode, 0)
  assert.equal(answer.answers.length, 17)
})

test('lookup: a root zone delegates and denies (RFC 1034 §3.1)', () => {
  const view = viewOf(
    parseRRs('. SOA a.nic. h.nic. 1 1 1 1 60\n. NS a.nic.\nnic. NS a.nic.\na.nic. A 192.0.2.1\norg. NS a.nic.', '.'),
  )
  const referral = lookup(view, { name: parseName('www.example.org.'), type: 1 })
  assert.deepEqual(linesOf(referral.authorities), ['org. 3600 IN NS a.nic.'])
  assert.deepEqual(linesOf(referral.additionals), ['a.nic. 3600 IN A 192.0.2.1'])
  assert.equal(referral.requiredAdditionals, 0)
  assert.equal(lookup(view, { name: parseName('com.'), type: 1 }).rcode, 3)
  assert.equal(lookup(view, { name: parseName('.'), type: 28 }).kind, 'nodata')
  assert.deepEqual(linesOf(lookup(view, { name: parseName('.'), type: 2 }).answers), ['. 3600 IN NS a.nic.'])
})

test('lookup: a DNAME at the apex redirects all that is below (RFC 6672 §2.3)', () => {
  const view = viewOf(parseRRs('@ SOA ns.example.net. h 1 1 1 1 1\n@ NS ns.example.net.\n@ DNAME example.org.', 'example.'))
  const answer = lookup(view, { name: parseName('www.example.'), type: 1 })
  assert.deepEqual(linesOf(answer.answers), [
    'example. 3600 IN DNAME example.org.',
    'www.example. 3600 IN CNAME www.example.org.',
  ])
  assert.equal(lookup(view, { name: parseName('example.'), type: 2 }).answers.length, 1)
})
