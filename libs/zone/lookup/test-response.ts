/** Whole responses as data, for tables of questions and what they are answered. */
import { parseName, typeFromText } from '@zonecast/dns'
import { linesOf } from '../test-zone.ts'
import type { ZoneView } from '../view.ts'
import type { AnswerKind } from './answer.ts'
import { lookup } from './lookup.ts'

/** One row: what is left out is empty, or follows from the kind. */
export interface ResponseRow {
  /** What the row claims. */
  readonly name: string
  /** Name and type, such as `www.example. A`. */
  readonly ask: string
  readonly kind: AnswerKind
  readonly rcode?: number
  readonly aa?: boolean
  readonly answers?: readonly string[]
  readonly authorities?: readonly string[]
  readonly additionals?: readonly string[]
  readonly required?: number
}

type Response = Required<Omit<ResponseRow, 'name' | 'ask'>>

/** What the zone answers. */
export function responseTo(view: ZoneView, ask: string): Response {
  const [name, type] = ask.split(' ')
  const { kind, rcode, aa, ...answer } = lookup(view, { name: parseName(name!), type: typeFromText(type!)! })
  return {
    kind,
    rcode,
    aa,
    answers: linesOf(answer.answers),
    authorities: linesOf(answer.authorities),
    additionals: linesOf(answer.additionals),
    required: answer.requiredAdditionals,
  }
}

/** What the row says, with the SOA that negative answers carry. */
export function responseOf(row: ResponseRow, negativeSoa: string): Response {
  const isNegative = row.kind === 'nxdomain' || row.kind === 'nodata'
  return {
    kind: row.kind,
    rcode: row.rcode ?? (row.kind === 'nxdomain' ? 3 : row.kind === 'refused' ? 5 : 0),
    aa: row.aa ?? (row.kind !== 'referral' && row.kind !== 'refused'),
    answers: row.answers ?? [],
    authorities: row.authorities ?? (isNegative ? [negativeSoa] : []),
    additionals: row.additionals ?? [],
    required: row.required ?? 0,
  }
}
