/** SearchService: RRsets across zones. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import {
  type FindRRsetsRequest,
  type FindRRsetsResponse,
  FindRRsetsResponseSchema,
  type FoundRRset,
  FoundRRsetSchema,
  type SearchService,
} from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { spansOf } from '../access/zone-access.ts'
import { noteOctets } from '../database/note.ts'
import type { RRsetMatch, SearchPlace } from '../database/search/search-port.ts'
import { type ValueMatcher, valueMatcher } from '../database/search/value-matcher.ts'
import type { StoredRRset, ZoneDatabase } from '../database/zone-database.ts'
import { nameMatch, tagged, valueMatch, zoneMatch } from './filters.ts'
import { fromToken, strangeToken } from './page-token.ts'
import { rrsetToMessage, typeOf } from './record-service.ts'
import { absoluteName } from './zone-messages.ts'

/** RRsets that one message carries at most. */
const messageRRsets = 500
/** What the notes in one message take at most. */
const partNoteOctets = 256 << 10

export function searchService({ database }: { database: ZoneDatabase }): ServiceImpl<typeof SearchService> {
  return { findRRsets: (request, context) => findRRsets(database, request, context) }
}

/** Short read after short read; the next is made when what the one before found has gone out. */
async function* findRRsets(
  database: ZoneDatabase,
  request: FindRRsetsRequest,
  context: HandlerContext,
): AsyncGenerator<FindRRsetsResponse, void, undefined> {
  const asked = matchOf(request)
  const match = { ...asked, zones: { ...asked.zones, within: spansOf(context, 'record.read') } }
  const value = match.value && valueMatcher(match.value)
  let left = request.limit || Infinity
  let place = request.pageToken === '' ? undefined : placeOfToken(request.pageToken)
  for (;;) {
    const limit = Math.min(left, messageRRsets)
    const { found, next } = await database.findRRsets({ match, limit, ...(place && { after: place }) })
    left -= found.length
    place = next
    const isLast = place === undefined || left <= 0
    const messages = found.map(({ zone, rrset }) =>
      create(FoundRRsetSchema, { zone, rrset: rrsetToMessage(rrset), fitting: value ? fitting(rrset, value) : [] }),
    )
    // Notes are not counted by the database.
    const parts = partsOf(messages)
    for (const part of parts.slice(0, -1)) yield create(FindRRsetsResponseSchema, { found: part })
    const nextPageToken = isLast && place ? tokenOfPlace(place) : ''
    if (found.length > 0 || isLast) yield create(FindRRsetsResponseSchema, { found: parts.at(-1)!, nextPageToken })
    if (isLast) return
  }
}

/** What is found, in parts whose notes fit a message; at least one. */
function partsOf(found: readonly FoundRRset[]): FoundRRset[][] {
  const parts: FoundRRset[][] = [[]]
  let octets = 0
  for (const each of found) {
    const note = each.rrset?.note
    octets += note ? noteOctets(note) : 0
    if (octets > partNoteOctets) {
      parts.push([])
      octets = 0
    }
    parts.at(-1)!.push(each)
  }
  return parts
}

function fitting({ type, rdatas }: StoredRRset, value: ValueMatcher): number[] {
  return rdatas.flatMap((rdata, place) => (value.fits(type, rdata) ? [place] : []))
}

function matchOf({ name, type, value, zones, tag }: FindRRsetsRequest): RRsetMatch {
  const owner = nameMatch(name, 'name')
  const rdata = valueMatch(value)
  return {
    zones: zoneMatch(zones, 'zones'),
    ...(owner && { name: owner }),
    ...(type && { type: typeOf(type) }),
    ...(rdata && { value: rdata }),
    ...tagged(tag),
  }
}

function tokenOfPlace({ zone, fromKey }: SearchPlace): string {
  const key = fromKey ? Buffer.from(fromKey).toString('base64url') : ''
  return Buffer.from(`${key} ${zone}`, 'latin1').toString('base64url')
}

function placeOfToken(token: string): SearchPlace {
  const [, key = '', zone = ''] = /^([\w-]*) (.+\.|\.)$/.exec(Buffer.from(token, 'base64url').toString('latin1')) ?? []
  if (zone !== '') {
    fromToken(() => absoluteName(zone, 'page_token'))
    return { zone, ...(key && { fromKey: new Uint8Array(Buffer.from(key, 'base64url')) }) }
  }
  throw strangeToken()
}
