/** The parts of a publisher put together: heads → wanted → fetch → release, for each edge. */
import type { ConnectRouter } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { createRpcServer } from '@zonecast/rpc'
import { systemClock, type Clock, type Logger, type Metrics } from '@zonecast/runtime'
import type { EdgeProgress } from '@zonecast/sync'
import { openZoneStore, type ZoneStore } from '@zonecast/zone-store'
import { readFileSync } from 'node:fs'
import { accessService, edgeGuard } from './access/access.ts'
import type { Config } from './config.ts'
import { Contents } from './ingest/contents.ts'
import { eventsFromKafka } from './ingest/events-from-kafka.ts'
import { FollowLog } from './ingest/follow-log.ts'
import { Heads } from './ingest/heads.ts'
import { Ingest } from './ingest/ingest.ts'
import { RecentDeltas } from './ingest/recent-deltas.ts'
import { openZoneApiAddress, ZoneApi } from './ingest/zone-api.ts'
import { publisherMetrics, registerGauges, type PublisherMetrics } from './metrics.ts'
import { Report } from './progress/report.ts'
import { Composer } from './release/composer.ts'
import { Edges } from './release/edges.ts'
import { fetchZone } from './release/fetch-zone.ts'
import { edgeOf, follow, type FollowPorts } from './release/follow.ts'
import { Gate } from './release/gate.ts'

export interface PublisherOptions {
  readonly config: Config
  readonly log: Logger
  readonly metrics: Metrics
  readonly clock?: Clock
  readonly heartbeatMilliseconds?: number
  /** Ends the program: its disk fails. */
  readonly fail?: (error: Error) => void
}

export interface RunningPublisher {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Walks to edges at once. */
const walksAtOnce = 32
/** How far the store has followed is written down this often. */
const persistMs = 1_000

export async function startPublisher(options: PublisherOptions): Promise<RunningPublisher> {
  const { config, log } = options
  const store = await openZoneStore({
    folder: config.data,
    kind: 'publisher',
    log,
    ...(options.clock && { clock: options.clock }),
    ...(options.fail && { onBroken: options.fail }),
  })
  const zoneApi = openZoneApi(config, log)
  try {
    const publisher = assemble(options, contentParts(options, store, zoneApi))
    const address = await publisher.server.listen({ host: config.listenHost, port: config.port })
    publisher.start()
    return { ...address, close: publisher.close }
  } catch (error) {
    zoneApi.close()
    await store.close()
    throw error
  }
}

function openZoneApi({ zoneApiUrl, tokenFile, caFile, allowInsecure }: Config, log: Logger): ZoneApi {
  const ca = caFile === undefined ? undefined : readFileSync(caFile)
  const optionsOf = (url: string) => ({ url, tokenFile, allowInsecure, log, ...(ca && { ca }) })
  return new ZoneApi(zoneApiUrl.map((url) => openZoneApiAddress(optionsOf(url))))
}

interface Parts {
  readonly store: ZoneStore
  readonly zoneApi: ZoneApi
  readonly heads: Heads
  readonly contents: Contents
  readonly ingest: Ingest
  readonly composer: Composer
}

/** What holds and brings content. */
function contentParts(
  { config, log, metrics, clock = systemClock }: PublisherOptions,
  store: ZoneStore,
  zoneApi: ZoneApi,
): Parts {
  const heads = new Heads(store, config.shards, log)
  const recent = new RecentDeltas()
  const contents: Contents = new Contents({
    store,
    recent,
    clock,
    log,
    onStored: (stored) => {
      heads.settle(stored)
      composer.moved(stored.zone)
      ingest.stored(stored)
    },
    onRefused: (zone) => ingest.refused(zone),
  })
  const composer = new Composer({ contents, recent })
  const onContent = (zone: string) => composer.moved(zone)
  const ingest: Ingest = new Ingest({ heads, contents, recent, zoneApi, clock, log, metrics, onContent })
  return { store, zoneApi, heads, contents, ingest, composer }
}

function assemble(options: PublisherOptions, parts: Parts) {
  const { config, log, metrics, clock = systemClock } = options
  const { store, zoneApi, heads, contents, ingest } = parts
  const counters = publisherMetrics(metrics)
  const edges = new Edges()
  const reports = reportsOf({ config, clock, log, zoneApi, heads, edges })
  const onMoved = () => {
    edges.moved()
    for (const report of reports) report.logMoved()
  }
  const { shards, compareSeconds } = config
  const kafka = config.kafka.brokers.length > 0 ? eventsFromKafka({ config, clock, log, zoneApi }) : undefined
  const events = kafka && { events: kafka.events }
  const following = { zoneApi, ...events, heads, ingest, shards, compareSeconds }
  const followLog = new FollowLog({ ...following, clock, log, counters, onMoved })
  const server = serve(options, { ...parts, edges, reports, counters })
  registerGauges(metrics, {
    edges: () => edges.size,
    zones: () => heads.index.size,
    orphans: () => heads.orphans,
    behind: () => heads.behind,
    waiting: () => ingest.waiting,
    connected: () => followLog.connected,
    ...(kafka && { kafka }),
  })
  const persisting = every(clock, persistMs, () => heads.persist(), log)
  return {
    server,
    start: () => {
      followLog.start()
      for (const report of reports) report.start()
    },
    /** Edges are let go first, then what was taken is written down. */
    close: async () => {
      await server.close()
      await followLog.close()
      ingest.close()
      await Promise.all(reports.map((report) => report.close()))
      persisting.cancel()
      await contents.close()
      await heads.persist()
      zoneApi.close()
      await store.close()
    },
  }
}

interface Served extends Parts {
  readonly edges: Edges
  readonly reports: readonly Report[]
  readonly counters: PublisherMetrics
}

function serve(options: PublisherOptions, served: Served) {
  const { config, log, metrics, clock = systemClock } = options
  const { tlsCertFile, tlsKeyFile } = config
  const { contents, counters, zoneApi } = served
  const gate = new Gate(walksAtOnce)
  const onOctets = (octets: number) => counters.walkOctets.inc(octets)
  const ports = followPorts(options, served)
  const access = { zoneApi, clock, log }
  return createRpcServer({
    services: [ReleaseService, AccessService],
    guard: edgeGuard(access),
    log,
    metrics,
    ...(tlsCertFile && tlsKeyFile && { tls: { certFile: tlsCertFile, keyFile: tlsKeyFile } }),
    routes: (router: ConnectRouter) => {
      router.service(ReleaseService, {
        follow: (requests, context) => follow(ports, requests, context),
        fetchZone: (request, context) => fetchZone({ contents, gate, onOctets }, request, edgeOf(context), context.signal),
      })
      router.service(AccessService, accessService(access))
    },
  })
}

function followPorts(options: PublisherOptions, { edges, reports, heads, composer, counters }: Served): FollowPorts {
  const { config, log, clock = systemClock, heartbeatMilliseconds = 5_000 } = options
  const report = (edgeId: string, progress?: EdgeProgress) => {
    for (const one of reports) one.moved(edgeId, progress)
  }
  return {
    publisherId: config.publisherId,
    index: heads.index,
    shards: config.shards,
    composer,
    clock,
    log,
    counters,
    edges,
    heartbeatMilliseconds,
    compareSeconds: config.compareSeconds,
    onProgress: (stream, progress) => {
      if (edges.isCurrent(stream)) report(stream.edgeId, progress)
    },
    onConnected: ({ edgeId }) => report(edgeId),
    onHeard: ({ edgeId }) => report(edgeId),
    onDisconnected: ({ edgeId }) => report(edgeId),
  }
}

interface ReportingPorts {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly zoneApi: ZoneApi
  readonly heads: Heads
  readonly edges: Edges
}

function reportsOf({ config, clock, log, zoneApi, heads, edges }: ReportingPorts): Report[] {
  const { publisherId, shards } = config
  return zoneApi.addresses.map(
    (address) => new Report({ address, publisherId, shards, index: heads.index, edges: () => edges.current(), clock, log }),
  )
}

function every(clock: Clock, ms: number, run: () => Promise<void>, log: Logger): { cancel(): void } {
  let timer = clock.schedule(ms, again)
  function again(): void {
    timer = clock.schedule(ms, again)
    run().catch((error: unknown) => log.error({ err: error }, 'positions could not be written down'))
  }
  return { cancel: () => timer.cancel() }
}
