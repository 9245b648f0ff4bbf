/** What an edge tells of itself. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { stateToMessage } from '@zonecast/contract'
import { type EdgeService, EdgeZoneSchema } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { formatRR, RCODE, TYPE, typeFromText } from '@zonecast/dns'
import type { Address } from '@zonecast/dns-net'
import { invalidRequest } from '@zonecast/rpc'
import { lookup, shardCount } from '@zonecast/zone'
import type { Scrub, StoredZone, ZoneStore } from '@zonecast/zone-store'
import type { Edge } from '../follow/edge.ts'
import type { FollowedPublisher } from '../follow/follower.ts'
import { exportZone } from './export-zone.ts'
import { readName } from './read-name.ts'

export interface EdgeServiceOptions {
  readonly edgeId: string
  readonly store: ZoneStore
  readonly edge: Edge
  readonly scrub: Pick<Scrub, 'passedAt'>
  readonly startedAt: number
  readonly publishers: () => readonly Readonly<FollowedPublisher>[]
  readonly dnsAddresses: readonly Address[]
  readonly queries: () => number
}

/** Zones in one message of a listing. */
const zonesPerMessage = 500
/** Names in a status: a message holds 1 MiB. */
const listedZones = 1000

export function edgeService(options: EdgeServiceOptions): ServiceImpl<typeof EdgeService> {
  const { store, edge } = options
  return {
    getStatus: () => status(options),

    async *listZones({ tombstones }) {
      let zones: ReturnType<typeof describe>[] = []
      for (const stored of store.zones()) {
        if (stored.header.state.deleted && !tombstones) continue
        zones.push(describe(stored))
        if (zones.length < zonesPerMessage) continue
        yield { zones }
        zones = []
      }
      yield { zones }
    },

    exportZone: ({ zone }) => exportZone({ edgeId: options.edgeId, store, isLevel: () => edge.level(), describe }, zone),

    lookup: (request) => {
      const name = readName(request.name, 'name')
      const type = request.type === '' ? TYPE.A : typeFromText(request.type)
      if (type === undefined) {
        const message = `${request.type} is no RR type; use a mnemonic, or TYPEnnn (RFC 3597 §5)`
        throw invalidRequest([{ field: 'type', reason: 'TYPE_INVALID', subject: request.type, message }])
      }
      const view = store.enclosing(name)
      if (view === undefined) return { rcode: 'REFUSED' }
      const answer = lookup(view, { name, type, dnssecOk: request.dnssecOk })
      return {
        rcode: Object.entries(RCODE).find(([, value]) => value === answer.rcode)?.[0] ?? String(answer.rcode),
        authoritative: answer.aa,
        answers: answer.answers.map(formatRR),
        authorities: answer.authorities.map(formatRR),
        additionals: answer.additionals.map(formatRR),
        zone: view.stored.zone,
        state: stateToMessage(view.stored.header.state),
      }
    },
  }

  function status({ scrub, edgeId, startedAt, publishers, dnsAddresses, queries }: EdgeServiceOptions) {
    let live = 0
    let rrCount = 0
    for (const { header } of store.zones()) {
      if (header.state.deleted) continue
      live++
      rrCount += header.rrCount
    }
    const followed = publishers()
    const scrubbedAt = scrub.passedAt()
    return {
      edgeId,
      startedAt: timestampFromMs(startedAt),
      zones: BigInt(live),
      rrCount: BigInt(rrCount),
      publishers: followed.map(({ url, publisherId, connected, stream, lastHeardAt, lastError }) => ({
        url,
        publisherId,
        connected,
        lastError,
        shards: edge.shardsOf(stream),
        ...(lastHeardAt !== undefined && { lastHeardAt: timestampFromMs(lastHeardAt) }),
      })),
      transferring: edge.transferring(),
      quarantined: [...edge.refused().keys()].slice(0, listedZones),
      dnsAddresses: dnsAddresses.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
      queries: BigInt(queries()),
      level: edge.level(),
      damaged: [...edge.damagedZones().keys()].slice(0, listedZones),
      ...(scrubbedAt !== undefined && { scrubbedAt: timestampFromMs(scrubbedAt) }),
      orphans: edge.level() ? orphans(store) : [],
    }
  }
}

/** Zones that no publisher mentioned since their shard was last listed from the beginning. */
function orphans(store: ZoneStore): string[] {
  const mentioned = new Set<string>()
  for (let shard = 0; shard < shardCount; shard++) {
    for (const { zone } of store.stamped(shard, 0n, Number.MAX_SAFE_INTEGER)) mentioned.add(zone)
  }
  const found: string[] = []
  for (const { zone, header } of store.zones()) {
    if (header.state.deleted || mentioned.has(zone)) continue
    found.push(zone)
    if (found.length === listedZones) break
  }
  return found
}

function describe({ zone, header, appliedAt }: StoredZone) {
  return create(EdgeZoneSchema, {
    zone,
    state: stateToMessage(header.state),
    appliedAt: timestampFromMs(appliedAt),
    rrCount: BigInt(header.rrCount),
  })
}
