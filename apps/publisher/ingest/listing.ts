/** ListHeads: what a publisher may have missed, and whether it agrees with the zone API on all the rest. */
import { headFromMessage } from '@zonecast/contract'
import type { HeadsEnd, ListHeadsResponse } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { difference as levelDifference, sameLog, type HeadIndex } from '@zonecast/sync'
import type { Head } from '@zonecast/zone'
import type { ZoneApiAddress } from './zone-api.ts'

/** The zone API's positions belong to another log than ours: the watch is to be begun again. */
export class LogMoved extends Error {
  readonly logId: Uint8Array

  constructor(logId: Uint8Array) {
    super('the log of the zone API has moved')
    this.name = 'LogMoved'
    this.logId = logId
  }
}

export interface ListingRequest {
  readonly shard: number
  readonly after: bigint
  readonly logId: Uint8Array
  readonly signal: AbortSignal
}

/** Lists one shard; resolves with its end. */
export async function listShard(
  { content }: Pick<ZoneApiAddress, 'content'>,
  { signal, ...request }: ListingRequest,
  take: (head: Head) => void,
): Promise<HeadsEnd> {
  let ended: HeadsEnd | undefined
  for await (const { heads, end } of content.listHeads(request, { signal }) as AsyncIterable<ListHeadsResponse>) {
    for (const head of heads) take(headFromMessage(head))
    ended ??= end
  }
  if (ended && !sameLog(ended.logId, request.logId)) throw new LogMoved(ended.logId)
  if (ended) return ended
  throw new Error(`the listing of shard ${request.shard} ended before its end`)
}

/**
 * Compares the live heads of a shard with those of a listing that has just ended. Undefined where the index is not at the listing's
 * position any more: then there is nothing to compare.
 */
export function agrees(
  index: HeadIndex,
  placements: ReadonlySet<string>,
  shard: number,
  { position, setDigests }: HeadsEnd,
): boolean | undefined {
  for (const placement of new Set([...placements, ...setDigests.map((one) => one.placement)])) {
    const ours = index.level(shard, [placement])
    if (ours === undefined || ours.position !== position) return undefined
    const theirs = setDigests.find((one) => one.placement === placement)
    if (BigInt(ours.zones) !== (theirs?.zones ?? 0n)) return false
    if (theirs && theirs.zones > 0n && Buffer.compare(ours.setDigest, theirs.digest) !== 0) return false
  }
  return true
}

/** Names what differs, whatever the position: the same name again is the same difference. */
export function differenceOf(index: HeadIndex, placements: ReadonlySet<string>, shard: number, { setDigests }: HeadsEnd): string {
  const names = [...new Set([...placements, ...setDigests.map((one) => one.placement)])].toSorted()
  const parts = names.map((placement) => {
    const theirs = setDigests.find((one) => one.placement === placement)
    const empty = { shard, position: 0n, setDigest: new Uint8Array(0), zones: 0 }
    const listed = theirs ? { ...empty, setDigest: theirs.digest, zones: Number(theirs.zones) } : empty
    return `${placement} ${levelDifference(listed, index.level(shard, [placement]) ?? empty)}`
  })
  return parts.join('; ')
}
