/** What random small zones, and the questions that meet them, are made of. */
import { parseName, type RR, TYPE } from '@zonecast/dns'
import { planChanges } from '../change-set.ts'
import { linesOf, parseRRs, viewOf } from '../test-zone.ts'

export const apex = parseName('example.')
const head = parseRRs('@ SOA ns h 1 1 1 1 60\n@ NS x.', 'example.')

/** So small that almost every search crosses from page to page. */
export const pageOctets = 90

/** Labels of owner names and of names that are asked for. */
export const someLabels = ['a', 'b', 'B', '*'] as const

export const someData = [
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
] as const

export const someTypes: readonly number[] = [TYPE.A, TYPE.TXT, TYPE.NS, TYPE.CNAME, TYPE.MX, TYPE.DS, TYPE.SOA, TYPE.DNAME]

/** A zone of those of the lines that the rules let stand together. */
export function zoneOf(lines: readonly string[]): readonly RR[] {
  let rrs: readonly RR[] = head
  for (const [rr] of lines.map((text) => parseRRs(text, 'example.'))) {
    const { owner, type, rdata } = rr!
    const op = { kind: 'add' as const, owner, type, rdatas: [rdata], field: '' }
    const isRefused = 'violations' in planChanges(viewOf(rrs), [op], { defaultTtl: 60, rrsetCount: 0 })
    const isThere = rrs.some((other) => linesOf([other])[0]!.toLowerCase() === linesOf([rr!])[0]!.toLowerCase())
    if (!isRefused && !isThere) rrs = [...rrs, rr!]
  }
  return rrs
}
