/** What is rendered straight from pages is what the same RRs as objects give, octet by octet. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  encodeMessage,
  encodeRR,
  encodeSections,
  equalNames,
  foldName,
  formatName,
  headerOctets,
  type Name,
  parseName,
  type RR,
  TYPE,
} from '@zonecast/dns'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { compareStored } from '../order.ts'
import { parseRRs, viewOf } from '../test-zone.ts'
import type { ZoneView } from '../view.ts'
import { lookup, lookupStored } from './lookup.ts'
import { apex, pageOctets, someData, someLabels, someTypes, zoneOf } from './test-questions.ts'
import { withNsec, withNsec3 } from './test-signing.ts'

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()
const flags = { id: 0, qr: true, opcode: 0, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false, rcode: 0 }

const arbOwner = fc.array(fc.constantFrom(...someLabels), { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const arbLine = fc.tuple(arbOwner, fc.constantFrom(...someData)).map(([owner, rest]) => `${owner} ${rest}`)
const arbZone = fc.array(arbLine, { maxLength: 12 }).map(zoneOf)
const arbQuestion = fc.record({
  name: fc.oneof(arbOwner, fc.constant('@')).map((text) => (text === '@' ? apex : parseName(text, apex))),
  type: fc.constantFrom(...someTypes),
})

/** More of what answers are made of: many values, hosts with addresses in both families, RDATA with and without compression. */
const arbMore = fc
  .array(
    fc.tuple(
      arbOwner,
      fc.constantFrom(
        'AAAA 2001:db8::1',
        'MX 2 b.a',
        'SRV 1 1 80 a',
        'HTTPS 1 .',
        'HTTPS 1 B.a alpn=h2',
        'NAPTR 1 1 "" "" "" a',
        `TXT ${'long '.repeat(30)}`,
        ...Array.from({ length: 9 }, (_, i) => `A 192.0.2.${i + 10}`),
      ),
    ),
    { maxLength: 20 },
  )
  .map((lines) => lines.map(([owner, rest]) => `${owner} ${rest}`))

const arbContent = fc.tuple(arbZone, arbMore).map(([rrs, lines]) => {
  const isAlias = (name: Name): boolean => rrs.some(({ owner, type }) => type === TYPE.CNAME && equalNames(owner, name))
  const more = lines.flatMap((line) => parseRRs(line, 'example.')).filter(({ owner }) => !isAlias(owner))
  const all: RR[] = [...rrs]
  for (const rr of more) if (!all.some((other) => compareStored(encodeRR(other), encodeRR(rr)) === 0)) all.push(rr)
  return all
})

const arbAsked = fc.record({
  question: arbQuestion,
  other: fc.constantFrom<number | undefined>(
    undefined,
    TYPE.ANY,
    TYPE.RRSIG,
    TYPE.NSEC,
    TYPE.AAAA,
    TYPE.SRV,
    TYPE.HTTPS,
    TYPE.NAPTR,
  ),
  dnssecOk: fc.boolean(),
  maxBytes: fc.constantFrom(70, 120, 200, 300, 512, 1232, 65_535),
})

function rendersAlike(view: ZoneView, { name, type }: { name: Name; type: number }, dnssecOk: boolean, maxBytes: number): void {
  const question = { name: foldName(name), type, dnssecOk }
  const objects = lookup(view, question, { sha1 })
  // A name that the question holds points to it, whatever its case.
  const asAsked = (rr: RR): RR => (equalNames(rr.owner, question.name) ? { ...rr, owner: question.name } : rr)
  const { answers, authorities, additionals } = objects
  const sections = { answers: answers.map(asAsked), authorities: authorities.map(asAsked), additionals: additionals.map(asAsked) }
  const questions = [{ name: question.name, type, class: 1 }]
  const expected = encodeMessage({ ...flags, questions, ...sections }, { maxBytes })
  const { bytes, start, end, truncated, ...counts } = encodeSections(
    question.name,
    lookupStored(view, question, { sha1 }),
    maxBytes,
  )
  const what = `${formatName(name)} ${type}`
  assert.deepEqual(
    Buffer.from(bytes.subarray(start, end)),
    Buffer.from(expected.bytes.subarray(headerOctets + name.length + 4)),
    what,
  )
  assert.equal(truncated, expected.truncated, what)
  const [, , answered, referred, added] = new Uint16Array(expected.bytes.slice(2, headerOctets).buffer)
  const swapped = (value = 0): number => ((value & 0xff) << 8) | (value >> 8)
  assert.deepEqual([counts.answers, counts.authorities, counts.additionals], [answered, referred, added].map(swapped), what)
  const all = answers.length + authorities.length + additionals.length
  assert.equal(counts.whole, counts.answers + counts.authorities + counts.additionals === all, what)
}

for (const { name, sign, octets } of [
  { name: 'an unsigned zone', sign: (rrs: readonly RR[]) => rrs, octets: pageOctets },
  { name: 'a zone with NSEC', sign: (rrs: readonly RR[]) => withNsec(rrs, apex), octets: pageOctets },
  { name: 'a zone with NSEC3', sign: (rrs: readonly RR[]) => withNsec3(rrs, apex, sha1), octets: 3 * pageOctets },
  { name: 'a zone of one page', sign: (rrs: readonly RR[]) => withNsec(rrs, apex), octets: undefined },
])
  test(`direct rendering equals that of objects: ${name}`, () => {
    fc.assert(
      fc.property(arbContent, fc.array(arbAsked, { minLength: 1, maxLength: 20 }), (rrs, asked) => {
        const view = viewOf(sign(rrs), octets)
        for (const { question, other, dnssecOk, maxBytes } of asked) {
          rendersAlike(
            view,
            { ...question, type: other ?? question.type },
            dnssecOk,
            Math.max(maxBytes, question.name.length + 20),
          )
        }
      }),
      { numRuns: Number(process.env['ZONECAST_SEEDS'] || 200) },
    )
  })
