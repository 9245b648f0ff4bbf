/** The edge writer as a whole: store, DNS server, followers and its own RPC server. */
import type { Client } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { RCODE } from '@zonecast/dns'
import { createDnsProbe, createDnsServer, type Address, type DnsClient, type Responder } from '@zonecast/dns-net'
import { createIntrospectingGuard, createRpcClient, createRpcServer, createRpcTransport, type RpcTransport } from '@zonecast/rpc'
import { systemClock, type AppContext, type Clock, type Metrics, type RunningApp } from '@zonecast/runtime'
import { openZoneStore, type ZoneStore } from '@zonecast/zone-store'
import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'
import { createEdge, type Edge } from './follow/edge.ts'
import { fetchZone } from './follow/fetcher.ts'
import { follow, type Follower } from './follow/follower.ts'
import { edgeService } from './rpc/edge-service.ts'
import { configuredResponder } from './serve/responder.ts'
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
  const store = await openZoneStore({ folder: config.data, kind: 'edge-writer', log, clock })
  let isLevel = () => false
  const respond = configuredResponder(config, metrics, {
    enclosing: (name) => store.enclosing(name),
    isReady: () => isLevel(),
    now: () => clock.now(),
  })
  const counted = countQueries(metrics, store)
  const dns = createDnsServer({
    respond: context.respond?.(respond) ?? respond,
    log,
    limits: { ...config.dnsTcp, idleMilliseconds: config.dnsTcp.idleSeconds * 1000 },
    onAnswer: counted.onAnswer,
  })
  const dnsAddresses = await dns.listen(config.dnsListen).catch(closing(store))
  const probe = await createDnsProbe(reachable(dnsAddresses[0] as Address)).catch(closing(dns, store))

  const transports = config.publisherUrls.map((url) => publisherTransport(url, config))
  const followers: Follower[] = []
  const octets = metrics.counter({ name: 'zonecast_edge_fetched_octets', help: 'Octets of pages fetched by FetchZone.' })
  const edge = createEdge({
    edgeId: config.edgeId,
    placements: config.placements,
    store,
    log,
    metrics,
    clock,
    check: createSelfCheck({ store, probe, respond, clock, log, signal }),
    fetch: (order, stream) =>
      fetchZone(
        { store, publishers: () => publishersFor(followers, stream), log, signal, onOctets: (n) => octets.inc(n) },
        order,
      ),
    fail: context.fail,
  })
  isLevel = edge.level
  describeEdge(metrics, edge)

  const access = transports.map((transport) => createRpcClient(AccessService, transport))
  const server = createRpcServer({
    services: [EdgeService],
    routes: (router) => {
      const publishers = () => followers.map(({ publisher }) => publisher)
      const options = {
        edgeId: config.edgeId,
        store,
        edge,
        startedAt: clock.now(),
        publishers,
        dnsAddresses,
        queries: counted.total,
      }
      router.service(EdgeService, edgeService(options))
    },
    guard: createIntrospectingGuard({ introspect: (digest) => introspect(access, digest), clock, log }),
    log,
    metrics,
    ...tlsOf(config),
  })
  const listening = await server.listen({ host: config.listenHost, port: config.port }).catch(closing(dns, store))
  // Follow last: whatever is received can be applied, answered and told.
  for (const [i, url] of config.publisherUrls.entries()) {
    const client = createRpcClient(ReleaseService, transports[i] as RpcTransport)
    followers.push(follow({ url, client, edge, clock, log }))
  }

  return {
    ready: { edgeId: config.edgeId, url: listening.url, port: listening.port, dns: dnsAddresses },
    close: async () => {
      // First whatever brings work, then the work, then what it stands on: nothing is written to a store that is closed.
      stopping.abort(new Error('the edge is stopping'))
      await Promise.all([...followers.map((follower) => follower.close()), server.close()])
      await edge.close()
      for (const transport of transports) transport.close()
      probe.close()
      await dns.close()
      await store.close()
    },
  }
}

function publisherTransport(url: string, { tokenFile, caFile, allowInsecure }: Config): RpcTransport {
  return createRpcTransport({ url, tokenFile, allowInsecure, ...(caFile && { ca: readFileSync(caFile) }) })
}

function tlsOf({ tlsCertFile, tlsKeyFile }: Config) {
  return tlsCertFile && tlsKeyFile ? { tls: { certFile: tlsCertFile, keyFile: tlsKeyFile } } : {}
}

/** The publisher that ordered a fetch first, then the others that are connected, then any. */
function publishersFor(followers: readonly Follower[], stream: number): Client<typeof ReleaseService>[] {
  const rank = ({ publisher }: Follower) => (publisher.stream === stream ? 0 : publisher.connected ? 1 : 2)
  return followers.toSorted((a, b) => rank(a) - rank(b)).map(({ client }) => client)
}

/** Asks the publishers one after the other: each passes the question on to a zone API. */
async function introspect(access: readonly Client<typeof AccessService>[], credentialSha256: Uint8Array) {
  let last: unknown = new Error('there is no publisher to ask')
  for (const client of access) {
    try {
      return await client.introspect({ credentialSha256 }, { timeoutMs: 3_000 })
    } catch (error) {
      last = error
    }
  }
  throw last
}

function countQueries(metrics: Metrics, store: ZoneStore) {
  const labels = ['rcode', 'transport'] as const
  const queries = metrics.counter({ name: 'zonecast_dns_queries_total', help: 'DNS queries answered.', labels })
  metrics.gauge({
    name: 'zonecast_edge_zones_count',
    help: 'Live zones in the store.',
    collect: (gauge) => gauge.set([...store.zones()].filter(({ header }) => !header.state.deleted).length),
  })
  const names = new Map<number, string>(Object.entries(RCODE).map(([name, value]) => [value, name]))
  let total = 0
  return {
    total: () => total,
    onAnswer: ({ rcode }: { rcode: number }, { transport }: DnsClient) => {
      total++
      queries.inc({ rcode: names.get(rcode) ?? String(rcode), transport })
    },
  }
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

/** Where the edge reaches its own server that listens everywhere. */
function reachable({ host, port }: Address): Address {
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port }
}

/** Closes what was opened when a later step of the start fails. */
function closing(...opened: readonly { close(): Promise<void> }[]) {
  return async (error: unknown): Promise<never> => {
    for (const part of opened) await part.close()
    throw error
  }
}
