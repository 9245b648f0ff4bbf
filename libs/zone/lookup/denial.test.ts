/** Signatures and proofs of denial, by the example zones of RFC 4035 and RFC 5155. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { formatName, parseName, type RR, TYPE, typeFromText, typeToText, u16At } from '@zonecast/dns'
import { test } from 'vitest'
import { parseRRs, viewOf } from '../test-zone.ts'
import type { Answer } from './answer.ts'
import { lookup } from './lookup.ts'
import { withNsec, withNsec3 } from './test-signing.ts'

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()

/** RFC 4035 appendix A without its keys; `c` is the second unsigned delegation of RFC 5155 appendix A. */
const example = `
@ 3600 SOA ns1 bugs.x.w 1081539377 3600 300 3600000 3600
@ NS ns1
@ NS ns2
@ MX 1 xx
a NS ns1.a
a NS ns2.a
a DS 57855 5 1 B6DCD485719ADCA18E5F3D48A2331627FDD3636B
ns1.a A 192.0.2.5
ns2.a A 192.0.2.6
ai A 192.0.2.9
ai HINFO "KLH-10" "ITS"
ai AAAA 2001:db8::f00:baa9
b NS ns1.b
b NS ns2.b
ns1.b A 192.0.2.7
ns2.b A 192.0.2.8
c NS ns1.c
ns1.c A 192.0.2.7
ns1 A 192.0.2.1
ns2 A 192.0.2.2
*.w MX 1 ai
x.w MX 1 xx
x.y.w MX 1 xx
xx A 192.0.2.10
xx HINFO "KLH-10" "TOPS-20"
xx AAAA 2001:db8::f00:baaa`

const apex = parseName('example.')
const plain = parseRRs(example, 'example.')
const nsecView = viewOf(withNsec(plain, apex))
const nsec3View = viewOf(withNsec3(plain, apex, sha1))

/** Each RRset once, as `owner TYPE`, with `+` where its signature stands behind it. */
function summary(rrs: readonly RR[]): string {
  const names: string[] = []
  for (const rr of rrs) {
    const isSignature = rr.type === TYPE.RRSIG
    const text = `${formatName(rr.owner).replace(/\.?example\.$/, '') || '@'} ${typeToText(isSignature ? u16At(rr.rdata, 0) : rr.type)}`
    if (!isSignature && names.at(-1) !== text) names.push(text)
    else if (isSignature && names.at(-1) === text) names[names.length - 1] = `${text}+`
    else if (isSignature) names.push(`stray ${text}`)
  }
  return names.join(', ')
}

function ask(view: typeof nsecView, question: string): Answer {
  const [name, type] = question.split(' ')
  return lookup(view, { name: parseName(name!), type: typeFromText(type!)!, dnssecOk: true }, { sha1 })
}

interface Row {
  readonly name: string
  readonly ask: string
  readonly rcode?: number
  readonly answers?: string
  readonly authorities?: string
  readonly additionals?: string
}

function check(view: typeof nsecView, row: Row): void {
  const answer = ask(view, row.ask)
  assert.equal(answer.rcode, row.rcode ?? 0)
  assert.equal(summary(answer.answers), row.answers ?? '')
  assert.equal(summary(answer.authorities), row.authorities ?? '')
  assert.equal(summary(answer.additionals), row.additionals ?? '')
}

const xx = 'xx A+, xx AAAA+'
const ai = 'ai A+, ai AAAA+'

for (const row of [
  { name: 'B.1 an answer', ask: 'x.w.example. MX', answers: 'x.w MX+', additionals: xx },
  {
    name: 'B.2 a name error: the name and the wildcard are spanned',
    ask: 'ml.example. A',
    rcode: 3,
    authorities: '@ SOA+, c NSEC+, @ NSEC+',
  },
  { name: 'one NSEC that spans both stands once', ask: '+.example. A', rcode: 3, authorities: '@ SOA+, @ NSEC+' },
  { name: 'B.3 no data', ask: 'ns1.example. MX', authorities: '@ SOA+, ns1 NSEC+' },
  {
    name: 'B.4 a referral to a signed zone',
    ask: 'mc.a.example. MX',
    authorities: 'a NS, a DS+',
    additionals: 'ns1.a A, ns2.a A',
  },
  {
    name: 'B.5 a referral to an unsigned zone',
    ask: 'mc.b.example. MX',
    authorities: 'b NS, b NSEC+',
    additionals: 'ns1.b A, ns2.b A',
  },
  {
    name: 'B.6 a wildcard expansion',
    ask: 'a.z.w.example. MX',
    answers: 'a.z.w MX+',
    authorities: 'x.y.w NSEC+',
    additionals: ai,
  },
  { name: 'B.7 no data at a wildcard', ask: 'a.z.w.example. AAAA', authorities: '@ SOA+, x.y.w NSEC+, *.w NSEC+' },
  { name: 'B.8 DS at the apex', ask: 'example. DS', authorities: '@ SOA+, @ NSEC+' },
  { name: 'an empty non-terminal is spanned by the NSEC before it', ask: 'y.w.example. A', authorities: '@ SOA+, x.w NSEC+' },
  { name: 'DS that is not there', ask: 'b.example. DS', authorities: '@ SOA+, b NSEC+' },
  {
    name: 'glue before the name has no NSEC; that of its cut spans',
    ask: 'bb.example. A',
    rcode: 3,
    authorities: '@ SOA+, b NSEC+, @ NSEC+',
  },
  { name: 'RRSIG asked for', ask: 'ns1.example. RRSIG', answers: 'stray ns1 A, stray ns1 NSEC' },
  { name: 'NSEC asked for', ask: 'ns1.example. NSEC', answers: 'ns1 NSEC+' },
  { name: 'SOA asked for', ask: 'example. SOA', answers: '@ SOA+' },
  { name: 'ANY is one RRset with its signature', ask: 'xx.example. ANY', answers: 'xx A+' },
] satisfies Row[])
  test(`RFC 4035 appendix B: ${row.name}`, () => check(nsecView, row))

const apexHash = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3+'
const aHash = '35mthgpgcu1qg68fab165klnsnk3dpvl NSEC3+'
const xwHash = 'b4um86eghhds6nea196smvmlo4ors995 NSEC3+'
const ns2Hash = 'q04jkcevqvmu85r014c7dkba38o0ji5r NSEC3+'
const wHash = 'k8udemvp1j2f7eg6jebps17vp3n8i58h NSEC3+'
const starHash = 'r53bq7cc2uvmubfu5ocmm6pers9tk9en NSEC3+'
const ywHash = 'ji6neoaepv8b5o6k4ev33abha8ht9fgc NSEC3+'
const ns1Hash = '2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3+'

for (const row of [
  { name: 'B.1 a name error', ask: 'a.c.x.w.example. A', rcode: 3, authorities: `@ SOA+, ${xwHash}, ${apexHash}, ${aHash}` },
  { name: 'B.2 no data', ask: 'ns1.example. MX', authorities: `@ SOA+, ${ns1Hash}` },
  { name: 'B.2.1 an empty non-terminal', ask: 'y.w.example. A', authorities: `@ SOA+, ${ywHash}` },
  {
    name: 'B.3 a referral under Opt-Out',
    ask: 'mc.c.example. MX',
    authorities: `c NS, ${apexHash}, ${aHash}`,
    additionals: 'ns1.c A',
  },
  { name: 'DS under Opt-Out (§7.2.4)', ask: 'c.example. DS', authorities: `@ SOA+, ${apexHash}, ${aHash}` },
  { name: 'B.4 a wildcard expansion', ask: 'a.z.w.example. MX', answers: 'a.z.w MX+', authorities: ns2Hash, additionals: ai },
  { name: 'B.5 no data at a wildcard', ask: 'a.z.w.example. AAAA', authorities: `@ SOA+, ${wHash}, ${ns2Hash}, ${starHash}` },
  { name: 'B.6 DS at the apex', ask: 'example. DS', authorities: `@ SOA+, ${apexHash}` },
  { name: 'a signed referral', ask: 'mc.a.example. MX', authorities: 'a NS, a DS+', additionals: 'ns1.a A, ns2.a A' },
  {
    name: 'NSEC3 owners are no names to ask for (§7.2.8)',
    ask: `${apexHash.split(' ')[0]}.example. NSEC3`,
    rcode: 3,
    authorities: `@ SOA+, ${apexHash}, ${ns2Hash}, gjeqe526plbf1g8mklp59enfd789njgi NSEC3+`,
  },
] satisfies Row[])
  test(`RFC 5155 appendix B: ${row.name}`, () => check(nsec3View, row))

test('lookup: without the DO bit nothing of DNSSEC is added (RFC 4035 §3.1)', () => {
  const answer = lookup(nsecView, { name: parseName('ml.example.'), type: TYPE.A })
  assert.equal(summary(answer.authorities), '@ SOA')
  assert.equal(summary(lookup(nsecView, { name: parseName('xx.example.'), type: TYPE.A }).answers), 'xx A')
})

test('lookup: without SHA-1 a zone with NSEC3 is answered without proofs', () => {
  const answer = lookup(nsec3View, { name: parseName('ml.example.'), type: TYPE.A, dnssecOk: true })
  assert.equal(summary(answer.authorities), '@ SOA+')
})

test('lookup: the signature of a negative SOA has the TTL of the SOA (RFC 4034 §3)', () => {
  const rrs = withNsec(parseRRs('@ 9000 SOA ns h 1 1 1 1 60\n@ NS ns', 'example.'), apex)
  const answer = lookup(viewOf(rrs), { name: parseName('x.example.'), type: TYPE.A, dnssecOk: true })
  assert.deepEqual(
    answer.authorities.slice(0, 2).map((rr) => rr.ttl),
    [60, 60],
  )
})
