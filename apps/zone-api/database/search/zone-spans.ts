/** Reading zones by spans of their order. */
import { compareKeys } from '@zonecast/zone'
import type { ZoneSpan } from './search-port.ts'

export interface Slice extends ZoneSpan {
  readonly limit: number
}

/** After it come the NSEC3 RRs, where no zone stands. */
export const everyZone: ZoneSpan = { after: new Uint8Array(), to: new Uint8Array([1]) }

/** The first rows after a key that lie in one of the spans, span by span: what lies outside is not looked at. */
export async function rowsWithin<Row>(
  spans: readonly ZoneSpan[],
  after: Uint8Array,
  limit: number,
  read: (slice: Slice) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = firstEndingAfter(spans, after); at < spans.length && rows.length < limit; at++) {
    const span = spans[at]!
    const from = compareKeys(span.after, after) > 0 ? span.after : after
    rows.push(...(await read({ after: from, to: span.to, limit: limit - rows.length })))
  }
  return rows
}

/** True for a key in one of the spans. */
export function isWithin(spans: readonly ZoneSpan[], key: Uint8Array): boolean {
  const span = spans[firstEndingAfter(spans, key)]
  return span !== undefined && compareKeys(span.after, key) < 0
}

/** The parts of the spans that lie in one other. */
export function overlap(spans: readonly ZoneSpan[], { after, to }: ZoneSpan): ZoneSpan[] {
  return spans
    .map((span) => ({
      after: compareKeys(span.after, after) > 0 ? span.after : after,
      to: compareKeys(span.to, to) < 0 ? span.to : to,
    }))
    .filter((span) => compareKeys(span.after, span.to) < 0)
}

function firstEndingAfter(spans: readonly ZoneSpan[], key: Uint8Array): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(spans[middle]!.to, key) > 0) high = middle
    else low = middle + 1
  }
  return low
}
