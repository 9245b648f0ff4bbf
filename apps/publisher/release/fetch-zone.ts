/** ReleaseService.FetchZone: what is too large for Follow. */
import { create } from '@bufbuild/protobuf'
import {
  beginMessage,
  catchUpMessage,
  deltaMessages,
  endMessage,
  rangeMessage,
  stateFromMessage,
  tokenFromMessage,
} from '@zonecast/contract'
import { FetchZoneResponseSchema } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import type { FetchZoneRequest, FetchZoneResponse } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import type { WalkPart } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import { historyPruned, notFound, permissionDenied, unavailable } from '@zonecast/rpc'
import { sha256 } from '@zonecast/runtime'
import {
  compareKeys,
  compareStates,
  deltaBefore,
  deltaPieces,
  emptyDelta,
  endOfZoneKey,
  firstKey,
  nextRange,
  type KeyRange,
  type ResumeToken,
  type ZoneState,
} from '@zonecast/zone'
import { WireError } from '@zonecast/dns'
import { StoreDamage, type StoredSteps, type StoreView, type ZoneStore } from '@zonecast/zone-store'
import type { Contents } from '../ingest/contents.ts'
import type { Damage } from '../ingest/damage.ts'
import type { Gate } from './gate.ts'
import type { EdgeOfCredential } from './edge-stream.ts'

export interface FetchZonePorts {
  readonly contents: Contents
  readonly damage: Pick<Damage, 'has' | 'found'>
  /** Walks at once. */
  readonly gate: Gate
  readonly onOctets?: (octets: number) => void
}

/** Pages in one message; with their keys and the message around them it stays below 900 KiB. */
const rangeOctets = 512 * 1024
const pieceOctets = 512 * 1024

/** The delta from what the edge has, or the walk; ends on the newest version of the moment it was asked for, or a later one. */
export async function* fetchZone(
  ports: FetchZonePorts,
  { zone, base, resume }: FetchZoneRequest,
  edge: EdgeOfCredential,
  signal: AbortSignal,
): AsyncGenerator<FetchZoneResponse, void, undefined> {
  const { contents, damage, gate } = ports
  const header = contents.header(zone)
  if (header === undefined || header.state.deleted) throw notFound('zone', zone)
  if (!edge.placements.includes(header.placement)) {
    throw permissionDenied(
      'release.follow',
      `${zone} has placement ${header.placement}, which edge ${edge.edgeId} does not carry`,
    )
  }
  const damaged = () => unavailable(1_000, `${zone} is damaged here and is being fetched anew`)
  if (damage.has(zone)) throw damaged()
  const leave = await gate.enter(signal)
  try {
    await contents.settled(zone, header.state)
    if (compareStates(viewOf(contents.store, zone).stored.header.state, header.state) < 0) {
      throw unavailable(500, `${zone} is not whole here yet`)
    }
    const known = base && stateFromMessage(base)
    const direct = known && resume === undefined ? deltaFrom(contents.store, zone, known) : undefined
    const parts = direct
      ? deltaParts(direct)
      : walkParts(contents.store, zone, resume && tokenFromMessage(resume), ports.onOctets)
    for (const part of parts) yield create(FetchZoneResponseSchema, { part })
  } catch (error) {
    if (!(error instanceof StoreDamage) && !(error instanceof WireError)) throw error
    damage.found(zone, error.message)
    throw damaged()
  } finally {
    leave()
  }
}

function* deltaParts({ base, delta, header }: StoredSteps): Generator<WalkPart, void, undefined> {
  yield beginMessage(header, { resumed: false, delta: true })
  for (const piece of deltaMessages(base, header, deltaPieces(delta, pieceOctets))) yield catchUpMessage(piece)
  yield endMessage(header)
}

/**
 * A fresh look at the zone for each range, so that no read is long; where the zone has moved, a catch-up first brings what was sent
 * to its present version. The consumer's pace is the walk's: one part is made when the one before was taken.
 */
function* walkParts(
  store: ZoneStore,
  zone: string,
  resume: ResumeToken | undefined,
  onOctets: (octets: number) => void = () => {},
): Generator<WalkPart, void, undefined> {
  const token = resume && goesOn(store, zone, resume) ? resume : undefined
  let { header } = viewOf(store, zone).stored
  const { generation } = header.state
  let key = token?.key ?? firstKey(0)
  let at = token ? { ...header.state, version: token.version, digest: new Uint8Array(0) } : header.state
  yield beginMessage(header, { resumed: token !== undefined, delta: false })
  for (;;) {
    const view = viewOf(store, zone)
    ;({ header } = view.stored)
    if (compareStates(at, header.state) !== 0) {
      const moved = header.state.generation === generation ? deltaFrom(store, zone, at) : undefined
      // The store may have moved between the two looks; then the next round brings the rest.
      if (moved === undefined) throw historyPruned({ zone })
      const pieces = deltaPieces(deltaBefore(moved.delta, key), pieceOctets)
      for (const piece of deltaMessages(moved.base, moved.header, pieces)) yield catchUpMessage(piece)
      at = moved.header.state
      ;({ header } = moved)
      continue
    }
    if (compareKeys(key, endOfZoneKey) === 0) break
    const range = nextRange(view.pages, key, rangeOctets)
    onOctets(octetsOf(range))
    yield rangeMessage(range, at.version, sha256)
    key = range.toKey.length === 0 ? endOfZoneKey : range.toKey
  }
  yield endMessage(header)
}

/** True where everything up to the token can be brought to the present version. */
function goesOn(store: ZoneStore, zone: string, { generation, version, key }: ResumeToken): boolean {
  const { state } = viewOf(store, zone).stored.header
  if (state.generation !== generation || version > state.version || compareKeys(key, firstKey(0)) <= 0) return false
  return version === state.version || deltaFrom(store, zone, { ...state, version, digest: new Uint8Array(0) }) !== undefined
}

function deltaFrom(store: ZoneStore, zone: string, base: ZoneState): StoredSteps | undefined {
  const { header } = viewOf(store, zone).stored
  if (base.digest.length > 0 && Buffer.compare(base.digest, header.state.digest) === 0) return { base, delta: emptyDelta, header }
  return store.deltaFrom(zone, base)
}

function viewOf(store: ZoneStore, zone: string): StoreView {
  const view = store.view(zone)
  if (view === undefined) throw notFound('zone', zone)
  return view
}

function octetsOf({ pages }: KeyRange): number {
  return pages.reduce((sum, { content }) => sum + content.length, 0)
}
