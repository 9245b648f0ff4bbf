/** The edge writer as a whole: store, DNS server, followers and its own RPC server. */
import type { Client } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { createResponder, type Responder } from '@zonecast/dns-net'
import {
  clientTLS,
  createIntrospectingGuard,
  createRpcClient,
  createRpcServer,
  createRpcTransport,
  type IntrospectQuestion,
  limitsOf,
  type RpcTransport,
  seenCredentialsIn,
  serverTLS,
} from '@zonecast/rpc'
import { systemClock, type AppContext, type Clock, type Metrics, type RunningApp } from '@zonecast/runtime'
import { openZoneStore, startScrub, type ZoneStore } from '@zonecast/zone-store'
import type { Config } from './config.ts'
import { createEdge, type Edge } from './follow/edge.ts'
import { fetchZone } from './follow/fetcher.ts'
import { follow, type Follower } from './follow/follower.ts'
import { Publishers } from './follow/publishers.ts'
import { edgeService } from './rpc/edge-service.ts'
import { describeCounts } from './serve/answer-counts.ts'
import { startDnsService } from './serve/dns-service.ts'
import { reportReadiness } from './serve/readiness.ts'
import { createSelfCheck } from './serve/self-check.ts'

/** What the program is given by `runApp`; tests give a clock and a server that is not ready yet. */
export interface EdgeContext extends AppContext {
  readonly clock?: Clock
  /** Stands between the DNS server and what the store says. */
  readonly respond?: (respond: Responder) => Responder
}

/** Starts to serve what the store has at once, and follows the publishers from there. */
export async function startEdgeWriter(config: Config, context: EdgeContext): Promise<RunningApp> {
  const { log, metrics } = context
  const clock = context.clock ?? systemClock
  const stopping = new AbortController()
  const signal = AbortSignal.any([context.signal, stopping.signal])
  let damaged: Edge['damaged'] = () => {}
  const onDamage = (zone: string, reason: string) => damaged(zone, reason)
  const store = await openZoneStore({ folder: config.data, kind: 'edge-writer', log, clock, onDamage, onBroken: context.abandon })
  const dns = await startDnsService({ config, store, clock, log, onDamage, wrap: context.respond }).catch(closing(store))
  const queries = describeCounts(metrics, dns.counts)
  describeStore(metrics, store)

  const publishers: Publishers = new Publishers({
    urls: config.publisherUrls,
    clock,
    log,
    open: (url, address) => {
      const transport = publisherTransport({ url, address, config, context })
      const follower = follow({ url, client: createRpcClient(ReleaseService, transport), edge, clock, log })
      return { follower, access: createRpcClient(AccessService, transport), close: () => transport.close() }
    },
  })
  /** What the threads are compared with: it keeps nothing. */
  const respond = createResponder({ enclosing: (name) => store.enclosing(name) })
  const octets = metrics.counter({ name: 'zonecast_edge_fetched_octets', help: 'Octets of pages fetched by FetchZone.' })
  const edge = createEdge({
    edgeId: config.edgeId,
    placements: config.placements,
    store,
    log,
    metrics,
    clock,
    check: createSelfCheck({ store, askers: dns.askers, respond, clock, log, signal }),
    fetch: (order, stream) =>
      fetchZone(
        { store, publishers: () => publishersFor(publishers.followers, stream), log, signal, onOctets: (n) => octets.inc(n) },
        order,
      ),
    fail: context.fail,
  })
  dns.level(edge.level)
  damaged = edge.damaged
  const passMs = config.scrub.passHours * 3_600_000
  const scrub = startScrub({ store, program: 'edge', clock, log, metrics, passMs, damaged })
  describeEdge(metrics, edge)

  const server = createRpcServer({
    services: [EdgeService],
    routes: (router) => {
      const options = {
        edgeId: config.edgeId,
        store,
        edge,
        scrub,
        startedAt: clock.now(),
        publishers: () => publishers.states,
        dnsAddresses: dns.addresses,
        queries,
      }
      router.service(EdgeService, edgeService(options))
    },
    guard: createIntrospectingGuard({
      introspect: (question) => introspect(publishers.access, question),
      clock,
      log,
      seen: seenCredentialsIn(config.data, { clock, log }),
    }),
    healthPort: config.healthPort,
    limits: limitsOf(config.limit),
    log,
    metrics,
    tls: serverTLS(config),
    allowInsecure: config.allowInsecure,
  })
  const readiness = reportReadiness({ health: server.health, store, level: edge.level, clock })
  const listening = await server.listen({ host: config.listenHost, port: config.port }).catch(closing(dns, store))
  // Follow last: whatever is received can be applied, answered and told.
  publishers.start()

  return {
    ready: { edgeId: config.edgeId, ...listening, dns: dns.addresses },
    close: async () => {
      // First whatever brings work, then the work, then what it stands on: nothing is written to a store that is closed.
      stopping.abort(new Error('the edge is stopping'))
      scrub.close()
      readiness.close()
      await Promise.all([publishers.closeFollowers(), server.close()])
      await edge.close()
      publishers.closeConnections()
      await dns.close()
      await store.close()
    },
  }
}

interface PublisherAt {
  readonly url: string
  /** One of those that the name leads to; all of them by default. */
  readonly address: string | undefined
  readonly config: Config
  readonly context: EdgeContext
}

/** The follower has pauses of its own, so that an attempt fails as soon as it has. */
function publisherTransport({ url, address, config, context }: PublisherAt): RpcTransport {
  const { tokenFile, allowInsecure } = config
  const { log, metrics } = context
  const options = { url, tokenFile, allowInsecure, tls: clientTLS(config), log, metrics, retries: { maxAttempts: 1 } }
  return createRpcTransport({ ...options, ...(address !== undefined && { resolve: async () => [{ address }] }) })
}

/** The publisher that ordered a fetch first, then the others that are connected, then any. */
function publishersFor(followers: readonly Follower[], stream: number): Client<typeof ReleaseService>[] {
  const rank = ({ publisher }: Follower) => (publisher.stream === stream ? 0 : publisher.connected ? 1 : 2)
  return followers.toSorted((a, b) => rank(a) - rank(b)).map(({ client }) => client)
}

/** Asks the publishers one after the other: each passes the question on to a zone API. */
async function introspect(access: readonly Client<typeof AccessService>[], question: IntrospectQuestion) {
  let last: unknown = new Error('there is no publisher to ask')
  for (const client of access) {
    try {
      return await client.introspect(question, { timeoutMs: 3_000 })
    } catch (error) {
      last = error
    }
  }
  throw last
}

function describeStore(metrics: Metrics, store: ZoneStore): void {
  metrics.gauge({
    name: 'zonecast_edge_zones_count',
    help: 'Live zones in the store.',
    collect: (gauge) => gauge.set([...store.zones()].filter(({ header }) => !header.state.deleted).length),
  })
  metrics.gauge({
    name: 'zonecast_edge_full_state',
    help: '1 while the disk has no room for what is to be written.',
    collect: (gauge) => gauge.set(Number(store.lacksRoom())),
  })
}

function describeEdge(metrics: Metrics, edge: Edge): void {
  const gauges = {
    zonecast_edge_transferring_zones: ['Zones that are being fetched.', () => edge.transferring().length],
    zonecast_edge_refused_zones: ['Zones whose last release was refused.', () => edge.refused().size],
    zonecast_edge_level_state: ['1 once everything that a publisher had was applied.', () => Number(edge.level())],
  } as const
  for (const [name, [help, value]] of Object.entries(gauges)) {
    metrics.gauge({ name, help, collect: (gauge) => gauge.set(value()) })
  }
}

/** Closes what was opened when a later step of the start fails. */
function closing(...opened: readonly { close(): Promise<void> }[]) {
  return async (error: unknown): Promise<never> => {
    for (const part of opened) await part.close()
    throw error
  }
}
