/** A walk over a zone of the zone API: a large zone into a stage of the store, a small one into memory. */
import type { Client } from '@connectrpc/connect'
import { readWalk, tokenToMessage, type NamedDelta, type WalkPart } from '@zonecast/contract'
import type { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { sha256 } from '@zonecast/runtime'
import {
  compareStates,
  packRRs,
  rangeHash,
  rrsOf,
  scanPage,
  WalkError,
  type PageRef,
  type ReceivedRange,
  type ResumeToken,
  type VersionHeader,
} from '@zonecast/zone'
import type { Stage } from '@zonecast/zone-store'

/** Zones up to here travel inline to edges, and need no stage. */
export const smallZoneOctets = 256 * 1024

type WalkClient = Pick<Client<typeof ContentService>, 'streamZone'>
type StoredAs = Parameters<Stage['end']>[1]

/** Walks into a stage, from where it stands. What came before a cut stays in the stage. */
export async function walkIntoStage(
  client: WalkClient,
  zone: string,
  stage: Stage,
  ports: { readonly signal: AbortSignal; readonly placeOf: (header: VersionHeader) => StoredAs },
): Promise<void> {
  let ended = false
  for await (const part of walk(client, zone, stage.token(), ports.signal)) {
    if (part.kind === 'begin') await stage.begin(part.header, part.resumed)
    else if (part.kind === 'range') await stage.range(part.range)
    else if (part.kind === 'catch-up') await stage.catchUp(part.catchUp)
    else {
      await stage.end(part.header, ports.placeOf(part.header))
      ended = true
    }
  }
  if (!ended) throw new Error(`the walk over ${zone} ended before its end`)
}

/** Takes a small zone whole, as a delta from nothing; undefined where it has grown or moved too much for that. */
export async function walkIntoMemory(client: WalkClient, zone: string, signal: AbortSignal): Promise<NamedDelta | undefined> {
  let begun: VersionHeader | undefined
  let whole: NamedDelta | undefined
  const pages: PageRef[] = []
  let octets = 0
  for await (const part of walk(client, zone, undefined, signal)) {
    if (part.kind === 'begin') begun = part.header
    else if (part.kind === 'catch-up') return undefined
    else if (part.kind === 'range') {
      checkRange(part.range)
      pages.push(...part.range.pages)
      octets += part.range.pages.reduce((sum, { content }) => sum + content.length, 0)
      if (octets > 2 * smallZoneOctets) return undefined
    } else if (begun === undefined || compareStates(begun.state, part.header.state) !== 0) return undefined
    else {
      const added = packRRs(pages.flatMap(({ content }) => rrsOf(content)))
      whole = { base: undefined, target: part.header, delta: { removed: new Uint8Array(0), added } }
    }
  }
  if (whole === undefined) throw new Error(`the walk over ${zone} ended before its end`)
  return whole
}

async function* walk(
  client: WalkClient,
  zone: string,
  token: ResumeToken | undefined,
  signal: AbortSignal,
): AsyncGenerator<WalkPart, void, undefined> {
  const request = token ? { zone, resume: tokenToMessage(token) } : { zone }
  // Leaving the loop early does not end the call; this does. A walk that is whole is read to the end of its call instead: a server
  // closes connections on which many calls are cut short.
  const stop = new AbortController()
  try {
    yield* readWalk(client.streamZone(request, { signal: AbortSignal.any([signal, stop.signal]) }))
  } finally {
    stop.abort()
  }
}

/** The digest of the whole is checked by the store; this keeps what is not a page from being read as one. */
function checkRange(range: ReceivedRange): void {
  if (Buffer.compare(rangeHash(range.pages, sha256), range.sha256) !== 0) {
    throw new WalkError('HASH', 'the SHA-256 of a range is not that of its pages')
  }
  for (const { key, content } of range.pages) scanPage(content, { key })
}
