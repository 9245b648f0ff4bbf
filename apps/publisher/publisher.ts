/** The parts of a publisher put together: heads → wanted → fetch → release, for each edge. */
import type { ConnectRouter } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { createRpcServer, limitsOf, serverTLS } from '@zonecast/rpc'
import { systemClock, type Clock, type Logger, type Metrics } from '@zonecast/runtime'
import type { EdgeProgress } from '@zonecast/sync'
import { openZoneStore, type ZoneStore } from '@zonecast/zone-store'
import { accessService, edgeGuard } from './access/access.ts'
import type { Config } from './config.ts'
import { every } from './every.ts'
import { Contents } from './ingest/contents.ts'
import { Damage } from './ingest/damage.ts'
import { eventsFromKafka } from './ingest/events-from-kafka.ts'
import { FollowLog } from './ingest/follow-log.ts'
import { forgetLost, Heads } from './ingest/heads.ts'
import { Ingest } from './ingest/ingest.ts'
import { withPulse } from './ingest/pulse.ts'
import { RecentDeltas } from './ingest/recent-deltas.ts'
import { openZoneApi, type ZoneApi } from './ingest/zone-api.ts'
import { publisherMetrics, registerGauges, type PublisherMetrics } from './metrics.ts'
import { openReports } from './progress/open-reports.ts'
import type { Reports } from './progress/reports.ts'
import { StepLog } from './progress/step-log.ts'
import { Composer } from './release/composer.ts'
import { Edges } from './release/edges.ts'
import { fetchZone } from './release/fetch-zone.ts'
import { edgeOf, follow, type FollowPorts } from './release/follow.ts'
import { Gate } from './release/gate.ts'
import { tellCurrent } from './release/tell-current.ts'
import { watchStore } from './store-watch.ts'

export interface PublisherOptions {
  readonly config: Config
  readonly log: Logger
  readonly metrics: Metrics
  readonly clock?: Clock
  readonly heartbeatMilliseconds?: number
  /** Ends the program at once: its disk fails. */
  readonly abandon?: (error: Error) => void
}

export interface RunningPublisher {
  readonly url: string
  readonly port: number
  readonly healthPort?: number
  close(): Promise<void>
}

/** Walks to edges at once. */
const walksAtOnce = 32
/** How far the store has followed is written down this often. */
const persistMs = 1_000

export async function startPublisher(options: PublisherOptions): Promise<RunningPublisher> {
  const { config, log, metrics } = options
  let parts: Parts | undefined
  const store = await openZoneStore({
    folder: config.data,
    kind: 'publisher',
    log,
    onDamage: (zone, reason) => parts?.damage.found(zone, reason),
    ...(options.clock && { clock: options.clock }),
    ...(options.abandon && { onBroken: options.abandon }),
  })
  const zoneApi = openZoneApi(config, log, metrics)
  try {
    await forgetLost(store, log)
    parts = contentParts(options, store, zoneApi)
    const publisher = assemble(options, parts)
    const address = await publisher.server.listen({ host: config.listenHost, port: config.port })
    publisher.start()
    return { ...address, close: publisher.close }
  } catch (error) {
    zoneApi.close()
    await store.close()
    throw error
  }
}

interface Parts {
  readonly store: ZoneStore
  readonly zoneApi: ZoneApi
  readonly heads: Heads
  readonly contents: Contents
  readonly ingest: Ingest
  readonly composer: Composer
  readonly damage: Damage
  readonly edges: Edges
  readonly reports: Reports
  readonly steps: StepLog
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
      damage.stored(stored)
      composer.moved(stored.zone)
      ingest.stored(stored)
    },
    onRefused: (zone) => ingest.refused(zone),
  })
  const damage = new Damage({ store, log })
  const composer = new Composer({ contents, recent, damage })
  damage.watch((zone) => {
    composer.distrust(zone)
    if (damage.has(zone)) ingest.damaged(zone)
    else composer.moved(zone)
  })
  const edges = new Edges()
  const reports = openReports({ config, clock, log, heads, edges })
  const steps = new StepLog({ publisherId: config.publisherId, clock, tell: (entry) => reports.step(entry) })
  const onContent = (zone: string) => composer.moved(zone)
  const ingest: Ingest = new Ingest({ heads, contents, recent, damage, zoneApi, clock, log, metrics, steps, onContent })
  return { store, zoneApi, heads, contents, ingest, composer, damage, edges, reports, steps }
}

function assemble(options: PublisherOptions, parts: Parts) {
  const { config, log, metrics, clock = systemClock } = options
  const { store, zoneApi, heads, contents, ingest, damage, edges, reports } = parts
  const counters = publisherMetrics(metrics)
  const onMoved = () => {
    edges.moved()
    reports.logMoved()
  }
  const { shards, compareSeconds } = config
  const kafka = config.kafka.brokers.length > 0 ? eventsFromKafka({ config, clock, log, zoneApi }) : undefined
  const events = withPulse({ events: () => kafka?.events ?? zoneApi.current.events, zoneApi: () => zoneApi.current, clock })
  const following = { zoneApi, events, heads, ingest, shards, compareSeconds }
  const followLog = new FollowLog({ ...following, clock, log, counters, onMoved })
  const watch = watchStore(options, parts)
  const server = serve(options, { ...parts, counters, suspect: watch.suspect })
  watch.report(server.health)
  registerGauges(metrics, {
    edges: () => edges.size,
    zones: () => heads.index.size,
    orphans: () => heads.orphans,
    behind: () => heads.behind,
    waiting: () => ingest.waiting,
    damaged: () => damage.size,
    connected: () => followLog.connected,
    ...(kafka && { kafka }),
  })
  const telling = tellCurrent({ clock, log, shards, edges, heads })
  const persisting = every({ clock, log }, persistMs, () => heads.persist(), 'positions could not be written down')
  return {
    server,
    start: () => {
      followLog.start()
      reports.start()
    },
    /** Edges are let go first, then what was taken is written down. */
    close: async () => {
      watch.close()
      await server.close()
      await followLog.close()
      ingest.close()
      await reports.close()
      persisting.cancel()
      telling.cancel()
      await contents.close()
      await heads.persist()
      zoneApi.close()
      await store.close()
    },
  }
}

interface Served extends Parts {
  readonly counters: PublisherMetrics
  /** Has a zone of the store read through. */
  readonly suspect: (zone: string) => void
}

function serve(options: PublisherOptions, served: Served) {
  const { config, log, metrics, clock = systemClock } = options
  const { contents, counters, damage, zoneApi } = served
  const gate = new Gate(walksAtOnce)
  const onOctets = (octets: number) => counters.walkOctets.inc(octets)
  const ports = followPorts(options, served)
  const access = { zoneApi, clock, log, folder: config.data }
  return createRpcServer({
    services: [ReleaseService, AccessService],
    guard: edgeGuard(access),
    healthPort: config.healthPort,
    limits: limitsOf(config.limit),
    log,
    metrics,
    tls: serverTLS(config),
    allowInsecure: config.allowInsecure,
    routes: (router: ConnectRouter) => {
      router.service(ReleaseService, {
        follow: (requests, context) => follow(ports, requests, context),
        fetchZone: (request, context) =>
          fetchZone({ contents, damage, gate, onOctets }, request, edgeOf(context), context.signal),
      })
      router.service(AccessService, accessService(access))
    },
  })
}

function followPorts(
  options: PublisherOptions,
  { edges, reports, heads, composer, steps, counters, suspect }: Served,
): FollowPorts {
  const { config, log, clock = systemClock, heartbeatMilliseconds = 5_000 } = options
  const report = (edgeId: string, progress?: EdgeProgress) => {
    reports.moved(edgeId, progress)
  }
  return {
    publisherId: config.publisherId,
    index: heads.index,
    shards: config.shards,
    current: () => heads.current(),
    composer,
    steps,
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
    onDoubt: suspect,
    onHeard: ({ edgeId }) => report(edgeId),
    onResetDone: (done) => reports.answered(done),
    onDisconnected: ({ edgeId }) => report(edgeId),
  }
}
