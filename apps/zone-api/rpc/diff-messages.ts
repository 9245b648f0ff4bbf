/** The difference of two versions as messages. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { stateToMessage } from '@zonecast/contract'
import {
  type DiffVersionsRequest,
  type DiffVersionsResponse,
  DiffVersionsResponseSchema,
  type RRDifference,
  RRDifferenceSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { asSerial, decodeRR, formatRR, withSerial, zoneKeyOf } from '@zonecast/dns'
import { requirePermission } from '@zonecast/rpc'
import { compareStored, type Delta, unpackRRs, type VersionHeader } from '@zonecast/zone'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { diffVersions } from '../history/version-diff.ts'
import { notKept } from '../history/not-kept.ts'
import { headerAt } from '../history/version-plan.ts'
import { absoluteName } from './zone-messages.ts'

export async function* diffMessages(
  database: ZoneDatabase,
  { zone: text, fromVersion, toVersion }: DiffVersionsRequest,
  context: HandlerContext,
): AsyncGenerator<DiffVersionsResponse, void, undefined> {
  const apex = absoluteName(text, 'zone')
  requirePermission(context, 'history.read', { zone: apex })
  const zone = zoneKeyOf(apex)
  const to = toVersion === 0n ? await database.versionAt({ zone }) : await headerAt(database, zone, toVersion)
  if (!to) throw await notKept(database, { zone, version: toVersion })
  const from = await headerAt(database, zone, fromVersion === 0n ? to.state.version - 1n : fromVersion)
  yield create(DiffVersionsResponseSchema, {
    from: stateToMessage(from.state),
    to: stateToMessage(to.state),
    settingsDiffer: Buffer.compare(from.settings, to.settings) !== 0,
    differences: soaDifferences(from, to),
  })
  for await (const part of diffVersions(database, zone, from, to)) {
    yield create(DiffVersionsResponseSchema, { differences: differencesOf(part) })
  }
}

/** Serials differ always. */
function soaDifferences(from: VersionHeader, to: VersionHeader): RRDifference[] {
  if (withoutSerial(from.soa) === withoutSerial(to.soa)) return []
  return [...textsOf(from.soa, false), ...textsOf(to.soa, true)]
}

function withoutSerial(soa: Uint8Array): string {
  if (soa.length === 0) return ''
  const rr = decodeRR(soa)
  return formatRR({ ...rr, rdata: withSerial(rr.rdata, asSerial(0)) })
}

/** In canonical order; what goes comes before what comes at the same place. */
function differencesOf({ removed, added }: Delta): RRDifference[] {
  const sides = [
    ...unpackRRs(removed).map((stored) => ({ stored, isAdded: false })),
    ...unpackRRs(added).map((stored) => ({ stored, isAdded: true })),
  ]
  const ordered = sides.toSorted((a, b) => compareStored(a.stored, b.stored) || Number(a.isAdded) - Number(b.isAdded))
  return ordered.flatMap(({ stored, isAdded }) => textsOf(stored, isAdded))
}

function textsOf(stored: Uint8Array, added: boolean): RRDifference[] {
  return stored.length === 0 ? [] : [create(RRDifferenceSchema, { added, text: formatRR(decodeRR(stored)) })]
}
