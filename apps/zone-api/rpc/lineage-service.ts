/** LineageService: whether the database may be behind its edges, and taking over what they have. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { stateFromMessage } from '@zonecast/contract'
import {
  type AdoptLineageRequest,
  AdoptLineageResponseSchema,
  type GetLineageResponse,
  GetLineageResponseSchema,
  type LineageService,
  LineageState,
} from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { asSerial, compareBytes, isAfter } from '@zonecast/dns'
import { preconditionFailed } from '@zonecast/rpc'
import type { ZoneState } from '@zonecast/zone'
import type { Lineage as State } from '../database/lineage.ts'
import type { SeenZone } from '../database/lineage-port.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import type { Lineage } from '../lineage/lineage.ts'
import { callerOf } from './write-context.ts'

interface Ports {
  readonly database: ZoneDatabase
  readonly lineage: Lineage
  /** Called once an adoption is durable and told: positions and generations are others from here on. */
  readonly moved: () => void
}

const states = {
  sound: LineageState.SOUND,
  restored: LineageState.RESTORED,
  regressed: LineageState.REGRESSED,
} as const

const mostListed = 1_000

export function lineageService({ database, lineage, moved }: Ports): ServiceImpl<typeof LineageService> {
  return {
    getLineage() {
      return lineageToMessage(lineage.state, database.logId)
    },
    async adoptLineage(requests, context) {
      const { seen, options } = await gather(database, requests)
      const caller = callerOf({ reason: options.reason, requestId: '' }, context)
      const outcome = await lineage.adopt({ ...caller, bodyHash: new Uint8Array(), seen, dryRun: options.dryRun })
      if (!options.dryRun) moved()
      const { raised, orphans, before, logId } = outcome
      return create(AdoptLineageResponseSchema, {
        raised: raised.slice(0, mostListed),
        raisedCount: BigInt(raised.length),
        orphans: orphans.slice(0, mostListed),
        orphanCount: BigInt(orphans.length),
        before: states[before.state],
        logId,
      })
    },
  }
}

export function lineageToMessage({ state, sinceMs, detail }: State, logId: Uint8Array): GetLineageResponse {
  const since = sinceMs > 0 && { since: timestampFromMs(sinceMs) }
  return create(GetLineageResponseSchema, { state: states[state], ...since, detail, logId })
}

/** What all edges have seen; refused where an edge that is expected to answer has not been heard. */
async function gather(database: ZoneDatabase, requests: AsyncIterable<AdoptLineageRequest>) {
  const zones = new Map<string, SeenZone>()
  const heard = new Set<string>()
  let options: AdoptLineageRequest | undefined
  for await (const request of requests) {
    options ??= request
    if (request.edgeId !== '') heard.add(request.edgeId)
    for (const { zone, state } of request.zones) {
      if (state) zones.set(zone, together(zones.get(zone), zone, stateFromMessage(state)))
    }
  }
  const { without = [], dryRun = false, reason = '' } = options ?? {}
  const missing = (await database.listEdges()).filter(
    ({ edgeId, state }) => state === 'expected' && !heard.has(edgeId) && !without.includes(edgeId),
  )
  if (missing.length > 0) throw preconditionFailed(missing.map(({ edgeId }) => unheard(edgeId)))
  return { seen: [...zones.values()], options: { dryRun, reason } }
}

function unheard(edgeId: string) {
  const message = `${edgeId} was not asked what it has; ask it, or go on without it: serials that it has seen may be used again`
  return { reason: 'LINEAGE_REGRESSED', subject: edgeId, message }
}

function together(before: SeenZone | undefined, zone: string, state: ZoneState): SeenZone {
  const { generation, version, serial, deleted } = state
  const digest = deleted ? undefined : state.digest
  if (!before) return { zone, generation, version, serial, live: !deleted, digest }
  const isLater = generation > before.generation || (generation === before.generation && version > before.version)
  const isSame = digest !== undefined && before.digest !== undefined && compareBytes(digest, before.digest) === 0
  return {
    zone,
    generation: isLater ? generation : before.generation,
    version: isLater ? version : before.version,
    serial: isAfter(asSerial(serial), asSerial(before.serial)) ? serial : before.serial,
    live: before.live || !deleted,
    digest: isSame ? digest : undefined,
  }
}
