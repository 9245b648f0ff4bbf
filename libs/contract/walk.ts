/** The parts of a walk between messages and domain values. */
import { create } from '@bufbuild/protobuf'
import { rangeHash, type CatchUp, type KeyRange, type ReceivedRange, type Sha256, type VersionHeader } from '@zonecast/zone'
import { WalkPartSchema, type DeltaPiece, type WalkPart as WalkPartMessage } from './generated/zonecast/zone/v1/state_pb.ts'
import { headerFromMessage, headerToMessage, joinDeltaMessages, required, type NamedDelta } from './state.ts'

/** One step of a walk. A catch-up that came in several pieces is one step. */
export type WalkPart =
  | { readonly kind: 'begin'; readonly header: VersionHeader; readonly resumed: boolean; readonly delta: boolean }
  | { readonly kind: 'range'; readonly range: ReceivedRange }
  | { readonly kind: 'catch-up'; readonly named: NamedDelta; readonly catchUp: CatchUp }
  | { readonly kind: 'end'; readonly header: VersionHeader }

export function beginMessage(header: VersionHeader, { resumed, delta }: { resumed: boolean; delta: boolean }): WalkPartMessage {
  return create(WalkPartSchema, { part: { case: 'begin', value: { header: headerToMessage(header), resumed, delta } } })
}

export function rangeMessage(range: KeyRange, version: bigint, sha256: Sha256): WalkPartMessage {
  const { fromKey, toKey, pages } = range
  const value = {
    fromKey,
    toKey,
    version,
    pages: pages.map(({ key, content }) => ({ key, content })),
    sha256: rangeHash(pages, sha256),
  }
  return create(WalkPartSchema, { part: { case: 'range', value } })
}

export function catchUpMessage(piece: DeltaPiece): WalkPartMessage {
  return create(WalkPartSchema, { part: { case: 'catchUp', value: piece } })
}

export function endMessage(header: VersionHeader): WalkPartMessage {
  return create(WalkPartSchema, { part: { case: 'end', value: { header: headerToMessage(header) } } })
}

/** Reads a stream of parts; throws `ContractError` on what cannot be one. Memory: one part, or one catch-up. */
export async function* readWalk(
  parts: AsyncIterable<{ readonly part?: WalkPartMessage | undefined }>,
): AsyncGenerator<WalkPart, void, undefined> {
  let pieces: DeltaPiece[] = []
  for await (const message of parts) {
    const { part } = required(message.part, 'WalkPart')
    switch (part.case) {
      case 'begin': {
        const { header, resumed, delta } = part.value
        yield { kind: 'begin', header: headerFromMessage(required(header, 'WalkBegin.header')), resumed, delta }
        break
      }
      case 'range':
        yield { kind: 'range', range: part.value }
        break
      case 'catchUp':
        pieces.push(part.value)
        if (!part.value.last) break
        yield catchUpOf(joinDeltaMessages(pieces))
        pieces = []
        break
      case 'end':
        yield { kind: 'end', header: headerFromMessage(required(part.value.header, 'WalkEnd.header')) }
        break
      default:
        required(undefined, 'WalkPart.part')
    }
  }
}

function catchUpOf(named: NamedDelta): WalkPart {
  const { version } = required(named.base, 'DeltaPiece.base')
  return { kind: 'catch-up', named, catchUp: { fromVersion: version, toVersion: named.target.state.version, delta: named.delta } }
}
