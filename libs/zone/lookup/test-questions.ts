/** Random small zones, and questions that meet them. */
import { parseName, type RR, TYPE } from '@zonecast/dns'
import * as fc from 'fast-check'
import { planChanges } from '../change-set.ts'
import { linesOf, parseRRs, viewOf } from '../test-zone.ts'

export const apex = parseName('example.')
const head = parseRRs('@ SOA ns h 1 1 1 1 60\n@ NS x.', 'example.')

/** So small that almost every search crosses from page to page. */
export const pageOctets = 90

export const arbLabels = fc
  .array(fc.constantFrom('a', 'b', 'B', '*'), { minLength: 1, maxLength: 4 })
  .map((list) => list.join('.'))
const data = fc.constantFrom(
  'A 192.0.2.1',
  'A 192.0.2.2',
  'TXT x',
  'NS x.',
  'NS a.a',
  'CNAME a',
  'CNAME b.a',
  `DS 1 8 2 ${'00'.repeat(32)}`,
  'CNAME x.',
  'DNAME b',
  'MX 1 a',
)
const line = fc.tuple(arbLabels, data).map(([owner, rest]) => `${owner} ${rest}`)

/** RRs that the rules let stand together. */
export const arbZone = fc.array(line, { maxLength: 12 }).map((lines) => {
  let rrs: readonly RR[] = head
  for (const [rr] of lines.map((text) => parseRRs(text, 'example.'))) {
    const { owner, type, rdata } = rr!
    const op = { kind: 'add' as const, owner, type, rdatas: [rdata], field: '' }
    const isRefused = 'violations' in planChanges(viewOf(rrs), [op], { defaultTtl: 60, rrsetCount: 0 })
    const isThere = rrs.some((other) => linesOf([other])[0]!.toLowerCase() === linesOf([rr!])[0]!.toLowerCase())
    if (!isRefused && !isThere) rrs = [...rrs, rr!]
  }
  return rrs
})
export const arbQuestion = fc.record({
  name: fc.oneof(arbLabels, fc.constant('@')).map((text) => (text === '@' ? apex : parseName(text, apex))),
  type: fc.constantFrom<number>(TYPE.A, TYPE.TXT, TYPE.NS, TYPE.CNAME, TYPE.MX, TYPE.DS, TYPE.SOA, TYPE.DNAME),
})
