/** Zones for tests: from zone-file text to a view. */
import { encodeRR, formatRR, parseName, type RR, TYPE, ZoneFileParser } from '@zonecast/dns'
import { compareStored } from './order.ts'
import { maxPageOctets, type PageRef } from './page.ts'
import { PageBuilder } from './page-build.ts'
import { arrayReader } from './reader.ts'
import type { ZoneView } from './view.ts'

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** The RRs of zone-file text; an error in it is thrown. */
export function parseRRs(text: string, origin: string): RR[] {
  const rrs: RR[] = []
  const parser = new ZoneFileParser({ origin: parseName(origin), defaultTtl: 3600 })
  const emit = (item: Parameters<Parameters<typeof parser.push>[1]>[0]): void => {
    if (item.kind === 'error') throw new Error(`line ${item.error.line}: ${item.error.rule}`)
    if (item.kind === 'rr') rrs.push(item.rr)
  }
  parser.push(latin1(`${text}\n`), emit)
  parser.end(emit)
  return rrs
}

/** Stored RRs in canonical order, as an import brings them. */
export function sortedStored(rrs: readonly RR[]): Uint8Array[] {
  return rrs.map(encodeRR).toSorted((a, b) => compareStored(a, b))
}

/** A view of RRs that have one SOA among them, which names the apex; with few octets a page, many pages. */
export function viewOf(rrs: readonly RR[], targetOctets = maxPageOctets): ZoneView {
  const soa = rrs.find((rr) => rr.type === TYPE.SOA)
  if (soa === undefined) throw new Error('a test zone has no SOA')
  const stored = sortedStored(rrs.filter((rr) => rr.type !== TYPE.SOA))
  const pages: PageRef[] = []
  const builder = new PageBuilder({ emit: (page) => void pages.push(page), targetOctets })
  for (const one of stored) builder.push(one)
  builder.finish()
  return { apex: soa.owner, soa, pages: arrayReader(pages) }
}

/** RRs as lines of presentation format. */
export function linesOf(rrs: Iterable<RR>): string[] {
  return Array.from(rrs, formatRR)
}
