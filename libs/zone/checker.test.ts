/** The import checker: what passes, what is put right, what is refused. */
import assert from 'node:assert/strict'
import { decodeRR, formatRR, parseName, type RR, TYPE } from '@zonecast/dns'
import { test } from 'vitest'
import { type ZoneCheck, ZoneChecker } from './checker.ts'
import { hasTarget, TargetList } from './target-watch.ts'
import { parseRRs, sortedStored } from './test-zone.ts'

interface Checked extends ZoneCheck {
  readonly emitted: RR[]
}

function checkRRs(rrs: readonly RR[], maxProblems = 100): Checked {
  const emitted: RR[] = []
  const apex = parseName('example.com.')
  const targets = new TargetList(apex)
  for (const { owner, type, rdata } of rrs) if (hasTarget(type)) targets.note(owner, type, rdata)
  const checker = new ZoneChecker({ apex, emit: (stored) => void emitted.push(decodeRR(stored)), maxProblems, targets })
  for (const stored of sortedStored(rrs)) checker.push(stored)
  return { ...checker.end(), emitted }
}

const head = '@ SOA ns.example.net. h 1 1 1 1 1\n@ NS ns.example.net.\n'
const check = (text: string): Checked => checkRRs(parseRRs(head + text, 'example.com.'))
const listed = (problems: ZoneCheck['violations']): string[] => problems.map(({ reason, subject }) => `${reason} ${subject}`)

for (const { name, text, refused } of [
  { name: 'a plain zone', text: 'www A 192.0.2.1', refused: [] },
  {
    name: 'a CNAME with its signature and NSEC',
    text: 'www CNAME x\nwww RRSIG CNAME 8 3 60 1 1 1 @ AAAA\nwww NSEC x CNAME RRSIG NSEC',
    refused: [],
  },
  { name: 'a CNAME and A', text: 'www CNAME x\nwww A 192.0.2.1', refused: ['CNAME_CONFLICT www.example.com.'] },
  { name: 'a CNAME and TXT', text: 'www CNAME x\nwww TXT x', refused: ['CNAME_CONFLICT www.example.com.'] },
  { name: 'two CNAMEs', text: 'www CNAME x\nwww CNAME y', refused: ['CNAME_CONFLICT www.example.com.'] },
  { name: 'one CNAME in two cases', text: 'www CNAME x\nWWW CNAME X', refused: [] },
  { name: 'a CNAME at the apex', text: '@ CNAME x', refused: ['CNAME_CONFLICT example.com.'] },
  {
    name: 'names out of the zone',
    text: 'a.example.net. A 192.0.2.1\nz.example.org. A 192.0.2.1\ncom. A 192.0.2.1',
    refused: ['OUT_OF_ZONE com.', 'OUT_OF_ZONE a.example.net.', 'OUT_OF_ZONE z.example.org.'],
  },
  {
    name: 'names below a DNAME',
    text: 'd DNAME x.\na.d A 192.0.2.1\nb.a.d A 192.0.2.1\ndd A 192.0.2.1',
    refused: ['DNAME_CONFLICT a.d.example.com.', 'DNAME_CONFLICT b.a.d.example.com.'],
  },
  { name: 'two DNAMEs', text: 'd DNAME x.\nd DNAME y.', refused: ['DNAME_CONFLICT d.example.com.'] },
  { name: 'a DNAME beside NS', text: 'd DNAME x.\nd NS y.', refused: ['DNAME_CONFLICT d.example.com.'] },
  {
    name: 'NSEC3 below a DNAME at the apex',
    text: '@ DNAME x.\n0123456789abcdef0123456789abcdef NSEC3 1 0 0 - 0123456789abcdef0123456789abcdef A',
    refused: [],
  },
  { name: 'NSEC3 with as many iterations as are hashed', text: '@ NSEC3PARAM 1 0 2500 -', refused: [] },
  {
    name: 'NSEC3 with more iterations than are hashed',
    text: '@ NSEC3PARAM 1 0 2501 -',
    refused: ['NSEC3_TOO_COSTLY example.com. NSEC3PARAM'],
  },
  { name: 'an NSEC3PARAM that nobody looks at', text: 'www NSEC3PARAM 1 0 2501 -', refused: [] },
  { name: 'a second SOA', text: '@ SOA other. h 1 1 1 1 1', refused: ['SOA_RULE example.com.'] },
  { name: 'the same SOA again, as at the end of an AXFR', text: '@ SOA ns.example.net. h 1 1 1 1 1', refused: [] },
  { name: 'a SOA below the apex', text: 'www SOA a. b. 1 1 1 1 1', refused: ['SOA_RULE www.example.com.'] },
])
  test(`ZoneChecker: ${name}`, () => assert.deepEqual(listed(check(text).violations), refused))

test('ZoneChecker: a meta type', () => {
  const rrs = parseRRs(`${head}www A 192.0.2.1`, 'example.com.').map((rr) =>
    rr.type === TYPE.A ? { ...rr, type: TYPE.TSIG } : rr,
  )
  assert.deepEqual(listed(checkRRs(rrs).violations), ['TYPE_INVALID www.example.com. TSIG'])
})

test('ZoneChecker: a zone without SOA and NS', () => {
  assert.deepEqual(listed(checkRRs(parseRRs('www A 192.0.2.1', 'example.com.')).violations), [
    'SOA_RULE example.com.',
    'APEX_NS_MISSING example.com.',
  ])
})

test('ZoneChecker: NS at another name is not the NS of the apex', () => {
  const text = '@ SOA a. b. 1 1 1 1 1\nsub NS ns.example.net.'
  assert.deepEqual(listed(checkRRs(parseRRs(text, 'example.com.')).violations), ['APEX_NS_MISSING example.com.'])
})

for (const { name, text, warned } of [
  { name: 'glue that is there', text: 'a NS ns.a\na NS a\na A 192.0.2.1\nns.a AAAA ::1\nb A 192.0.2.1', warned: [] },
  {
    name: 'glue that is missing, at the end of the zone too',
    text: 'a NS ns.a\nx.a A 192.0.2.1\nb NS ns.b',
    warned: ['GLUE_MISSING ns.a.example.com.', 'GLUE_MISSING ns.b.example.com.', 'OCCLUDED x.a.example.com.'],
  },
  { name: 'a server of the apex without address', text: '@ NS ns', warned: ['GLUE_MISSING ns.example.com.'] },
  {
    name: 'servers that are aliases, which cannot be given an address',
    text: '@ NS ns\nns CNAME x.\nsub NS ns.sub\nns.sub CNAME x.',
    warned: ['TARGET_IS_ALIAS sub.example.com. NS', 'OCCLUDED ns.sub.example.com.', 'TARGET_IS_ALIAS example.com. NS'],
  },
  { name: 'a server of the apex below a cut', text: '@ NS ns.a\na NS ns.a\nns.a A 192.0.2.1', warned: [] },
  {
    name: 'data below a cut',
    text: 'a NS x.\nb.a TXT x\nb.a NS y.\nc.a A 192.0.2.1',
    warned: ['OCCLUDED b.a.example.com.', 'OCCLUDED c.a.example.com.'],
  },
  {
    name: 'addresses below a cut that another cut names, before and after it (RFC 9471 §2.2)',
    text: 'a NS ns.m\nm NS x.\nns.m A 192.0.2.1\nns2.m A 192.0.2.1\nns3.m A 192.0.2.1\nz NS ns2.m',
    warned: ['OCCLUDED ns3.m.example.com.'],
  },
  { name: 'data at a cut', text: 'a NS x.\na TXT x', warned: ['OCCLUDED a.example.com.'] },
  { name: 'an address at a cut that is not its server', text: 'a NS x.\na A 192.0.2.1', warned: ['OCCLUDED a.example.com.'] },
  {
    name: 'TTLs that differ',
    text: 'www 60 A 192.0.2.1\nwww 30 A 192.0.2.2\nwww 90 A 192.0.2.3',
    warned: ['TTL_LOWERED www.example.com. A'],
  },
  { name: 'NSEC3 without iterations', text: '@ NSEC3PARAM 1 0 0 -', warned: [] },
  {
    name: 'NSEC3 with iterations (RFC 9276 §3.1)',
    text: '@ NSEC3PARAM 1 0 10 -',
    warned: ['NSEC3_ITERATIONS example.com. NSEC3PARAM'],
  },
  {
    name: 'digests that no certificate can have (RFC 6698 §2.1.3)',
    text: `_25._tcp.a TLSA 3 1 1 ABCD\n_25._tcp.b TLSA 3 1 1 ${'AB'.repeat(32)}\nu._smimecert SMIMEA 3 0 2 ${'AB'.repeat(32)}`,
    warned: ['DIGEST_LENGTH u._smimecert.example.com. SMIMEA', 'DIGEST_LENGTH _25._tcp.a.example.com. TLSA'],
  },
  { name: 'NS at a wildcard', text: '*.a NS x.', warned: ['WILDCARD_ODD *.a.example.com. NS'] },
  { name: 'asterisks that are no wildcards', text: 'a* A 192.0.2.1\n*.a A 192.0.2.1', warned: ['WILDCARD_ODD a*.example.com.'] },
  {
    name: 'underscores where none belong, and none where they do',
    text: 'my_host AAAA ::1\n_dmarc TXT x\nsip SRV 0 0 1 x.\n_sip._tcp SRV 0 0 1 x.',
    warned: ['UNDERSCORE_ODD my_host.example.com. AAAA', 'UNDERSCORE_ODD sip.example.com. SRV'],
  },
  {
    name: 'targets that are aliases, before and after them',
    text: 'a MX 1 b\nb CNAME x.\nc MX 1 b\n_z._tcp SRV 0 0 1 b\ne NS b\na MX 2 b.a',
    warned: [
      'TARGET_IS_ALIAS a.example.com. MX',
      'TARGET_IS_ALIAS c.example.com. MX',
      'TARGET_IS_ALIAS _z._tcp.example.com. SRV',
      'TARGET_IS_ALIAS e.example.com. NS',
      'TARGET_MISSING a.example.com. MX',
    ],
  },
  {
    name: 'targets without an address, and those that wildcards, cuts and others answer for',
    text: 'a MX 1 b\na MX 2 z\nb TXT x\nc MX 1 x.w\n*.w A 192.0.2.1\nd MX 1 x.cut\ncut NS x.\ne MX 1 mx.example.net.\nf MX 0 .',
    warned: ['TARGET_MISSING a.example.com. MX', 'TARGET_MISSING a.example.com. MX'],
  },
  {
    name: 'service bindings, in AliasMode and in ServiceMode',
    text: 'a HTTPS 0 nowhere\nb HTTPS 0 c\nc HTTPS 1 .\nd HTTPS 0 .\ne HTTPS 1 .\ne A 192.0.2.1\nf SVCB 1 e\nf SVCB 2 g\ng CNAME e\nh HTTPS 0 f',
    warned: [
      'TARGET_MISSING a.example.com. HTTPS',
      'TARGET_MISSING c.example.com. HTTPS',
      'TARGET_IS_ALIAS f.example.com. SVCB',
      'TARGET_MISSING h.example.com. HTTPS',
    ],
  },
  {
    name: 'aliases of nothing, of themselves, and of an empty non-terminal',
    text: 'a CNAME nowhere\nb CNAME c\nc CNAME b\n*.w CNAME x.w\nd CNAME deep\nx.y.deep A 192.0.2.1\ne CNAME e',
    warned: [
      'CNAME_TARGET_MISSING a.example.com.',
      'CNAME_LOOP b.example.com.',
      'CNAME_LOOP c.example.com.',
      'CNAME_LOOP *.w.example.com.',
      'CNAME_LOOP e.example.com.',
    ],
  },
])
  test(`ZoneChecker warns: ${name}`, () => {
    const { violations, warnings } = check(text)
    assert.deepEqual(listed(violations), [])
    assert.deepEqual(listed(warnings), warned)
  })

test('ZoneChecker: RRs leave in order, with one TTL an RRset, each once, without the SOA', () => {
  const { emitted, duplicates, rrCount, rrsetCount, contentOctets, soa } = check(
    'www 60 A 192.0.2.2\nwww 30 A 192.0.2.1\nWWW 60 A 192.0.2.1\nmx MX 1 Mail\nmx MX 1 mail\n' +
      'www 60 RRSIG A 8 3 60 1 1 1 @ AAAA\nwww 90 RRSIG TXT 8 3 90 1 1 1 @ AAAA',
  )
  assert.deepEqual(
    emitted.map((rr) => formatRR(rr).replaceAll('example.com.', '@').replaceAll('.@', '').slice(0, 24).trimEnd()),
    [
      '@ 3600 IN NS ns.example.',
      'mx 3600 IN MX 1 Mail',
      'www 30 IN A 192.0.2.1',
      'www 30 IN A 192.0.2.2',
      'www 60 IN RRSIG A 8 3 60',
      'www 90 IN RRSIG TXT 8 3',
    ],
  )
  assert.equal(duplicates, 2)
  assert.equal(rrCount, 7)
  assert.equal(rrsetCount, 5)
  assert.equal(soa?.type, TYPE.SOA)
  assert.equal(
    contentOctets,
    sortedStored([...emitted, soa!]).reduce((octets, stored) => octets + stored.length, 0),
  )
})

test('ZoneChecker: the signatures count towards the size of an RRset', () => {
  const text = `"${'x'.repeat(255)}" `.repeat(230)
  assert.deepEqual(listed(check(`big TXT ${text}`).violations), [])
  const signature = `big RRSIG TXT 8 3 60 1 1 1 @ ${'AAAA'.repeat(600)}`
  assert.deepEqual(listed(check(`big TXT ${text}\n${signature}`).violations), ['RRSET_TOO_LARGE big.example.com. TXT'])
})

test('ZoneChecker: problems are counted past the bound on those that are kept', () => {
  const rrs = parseRRs(head + Array.from({ length: 30 }, (_, i) => `a${i} CNAME x\na${i} TXT x`).join('\n'), 'example.com.')
  const { violations, violationCount } = checkRRs(rrs, 10)
  assert.equal(violations.length, 10)
  assert.equal(violationCount, 30)
})

test('ZoneChecker: a stream out of order is a fault of the caller', () => {
  const [first, second] = sortedStored(parseRRs('a A 192.0.2.1\nb A 192.0.2.1', 'example.com.'))
  const checker = new ZoneChecker({ apex: parseName('example.com.'), emit: () => {} })
  checker.push(second!)
  assert.throws(() => checker.push(first!), /not in canonical order/)
})
