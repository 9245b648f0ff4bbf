/** A walk over the newest version of a zone, while that version moves on. */
import { beginMessage, catchUpMessage, deltaMessages, endMessage, rangeMessage } from '@zonecast/contract'
import type { WalkPart } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import { historyPruned } from '@zonecast/rpc'
import {
  arrayReader,
  compareKeys,
  deltaBefore,
  deltaPieces,
  firstKey,
  nextRange,
  type ResumeToken,
  type VersionHeader,
} from '@zonecast/zone'
import { sha256 } from '@zonecast/runtime/hashes'
import type { RangeAnswer, ZoneDatabase } from '../database/zone-database.ts'

/** Pages in one message. */
const rangeOctets = 768 << 10
const pieceOctets = 512 << 10
/** A catch-up that is larger is no longer the shorter way: the walk begins again. */
const catchUpOctets = 64 << 20

interface Place {
  readonly zone: string
  readonly generation: bigint
  /** Everything before `key` has been sent, and is at `version`. */
  readonly key: Uint8Array
  readonly version: bigint
}

/** Each range is a short read of the newest version; where that has moved, a catch-up brings what was sent before to it. */
export async function* walkZone(
  database: ZoneDatabase,
  zone: string,
  resume?: ResumeToken,
): AsyncGenerator<WalkPart, void, undefined> {
  const resumed = resume && (await resumption(database, zone, resume))
  let range = await database.readRange({ zone, fromKey: resumed?.key ?? firstKey(0), maxOctets: rangeOctets })
  const { generation, version } = range.header.state
  let place: Place = resumed ?? { zone, generation, version, key: firstKey(0) }
  yield beginMessage(range.header, { resumed: resumed !== undefined, delta: false })
  for (;;) {
    yield* catchUp(database, place, range.header)
    const sent = sliced(range, place.key)
    yield rangeMessage(sent, range.header.state.version, sha256)
    if (range.last) break
    place = { ...place, key: sent.toKey, version: range.header.state.version }
    range = await database.readRange({ zone, fromKey: place.key, maxOctets: rangeOctets })
  }
  yield endMessage(range.header)
}

/** Where a resumed walk goes on; undefined when it has to begin again. */
async function resumption(database: ZoneDatabase, zone: string, token: ResumeToken): Promise<Place | undefined> {
  const head = await database.headOf(zone)
  if (!head || head.state.generation !== token.generation || token.version > head.state.version) return undefined
  const { generation, key, version } = token
  if (compareKeys(key, firstKey(0)) <= 0) return undefined
  const place = { zone, generation, key, version }
  if (version === head.state.version) return place
  const answer = await database.deltaFrom({
    zone,
    base: { generation, version },
    maxOctets: catchUpOctets,
    toVersion: head.state.version,
  })
  return answer.kind === 'delta' ? place : undefined
}

async function* catchUp(database: ZoneDatabase, place: Place, header: VersionHeader): AsyncGenerator<WalkPart, void, undefined> {
  const { zone, generation, version, key } = place
  const { state } = header
  if (state.generation === generation && state.version === version) return
  const base = { generation, version }
  const answer = await database.deltaFrom({ zone, base, toVersion: state.version, maxOctets: catchUpOctets })
  if (state.generation !== generation || answer.kind !== 'delta') {
    throw historyPruned({ zone, generation: String(generation), version: String(version) })
  }
  const before = deltaBefore(answer.delta, key)
  for (const piece of deltaMessages(answer.base, header, deltaPieces(before, pieceOctets))) yield catchUpMessage(piece)
}

/** The pages from a key on, which may stand inside the first of them. */
function sliced({ pages, nextKey }: RangeAnswer, fromKey: Uint8Array) {
  const range = nextRange(arrayReader(pages), fromKey, Number.POSITIVE_INFINITY)
  return { ...range, toKey: nextKey ?? range.toKey }
}
