/** The zone API as a whole: database, progress and services behind one port. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ZoneDefaultsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import type { KafkaSettings } from '@zonecast/event-log'
import { createRpcServer, type RpcServerOptions, ServingStatus } from '@zonecast/rpc'
import { type Clock, type Logger, type Metrics, systemClock, wallMs } from '@zonecast/runtime'
import { SealKeys } from '@zonecast/runtime/sealing'
import { join } from 'node:path'
import { BootstrapFile } from './access/bootstrap-file.ts'
import { AccessWatch } from './access/access-watch.ts'
import { CredentialUses } from './access/credential-uses.ts'
import { lookedMetric } from './access/looked-metric.ts'
import { PasswordChecks } from './access/password-checks.ts'
import { DenialLog } from './audit/denial-log.ts'
import type { QuotaLimits } from './database/quotas/quota-port.ts'
import type { Retention } from './database/retention.ts'
import { openDatabase } from './database/open-database.ts'
import { schemaState } from './database/schema-state.ts'
import type { PostgresAddress } from './database/protocol.ts'
import type { CommitEvent, Credential, ZoneDatabase } from './database/zone-database.ts'
import { heldBack } from './lineage/held-back.ts'
import { Lineage } from './lineage/lineage.ts'
import { Orders } from './orders/orders.ts'
import { Progress } from './progress/progress.ts'
import { Traces } from './progress/traces.ts'
import type { Relay } from './relay/relay.ts'
import { startKafkaRelay } from './relay/start-relay.ts'
import { Credentials } from './rpc/credentials.ts'
import { EventHub } from './rpc/event-hub.ts'
import { addServices, type ServicePorts, services } from './rpc/services.ts'
import { serverDefaults } from './rpc/zone-defaults.ts'
import { Importer } from './staging/importer.ts'

/** Everything that was known of positions and generations is void: the program begins anew. */
class LineageMoved extends Error {
  readonly exitCode = 69

  constructor() {
    super('the lineage was adopted: the zone API has to start anew')
  }
}

/** Until then whoever has adopted has the answer. */
const answeredMs = 200

export interface ZoneApiOptions {
  readonly data: string
  /** Where zones are kept; absent means in the data folder. */
  readonly postgres?: PostgresAddress | undefined
  readonly host: string
  readonly port: number
  readonly healthPort?: number | undefined
  /** These are in force from now on; undefined leaves those of the database. */
  readonly credentials?: readonly Credential[] | undefined
  /** Names them in place of that, now and whenever it is replaced. */
  readonly bootstrapFile?: string | undefined
  readonly tls?: RpcServerOptions['tls']
  /** Keys that secrets are sealed under; without it, TSIG keys cannot be made or read. */
  readonly sealKeyFile?: string | undefined
  readonly allowInsecure?: boolean
  readonly corsOrigins?: readonly string[]
  readonly limits?: RpcServerOptions['limits']
  /** Quotas of people who have none of their own. */
  readonly quotas?: QuotaLimits
  /** How much history is kept; absent means the default. */
  readonly retention?: Retention
  /** What new zones get where neither the request nor a template says otherwise. */
  readonly zoneDefaults?: MessageInitShape<typeof ZoneDefaultsSchema>
  /** Brokers that are told of everything that is committed. */
  readonly kafka?: KafkaSettings
  readonly log: Logger
  readonly metrics: Metrics
  readonly clock?: Clock
  /** Called when the database's thread has died. */
  readonly failed: (error: Error) => void
}

export interface ZoneApi {
  readonly url: string
  readonly port: number
  readonly healthPort?: number
  readonly database: ZoneDatabase
  close(): Promise<void>
}

/** Opens the data folder and listens. */
export async function startZoneApi(options: ZoneApiOptions): Promise<ZoneApi> {
  const { data, postgres, log, metrics, clock = systemClock, retention, quotas } = options
  let lineage: Lineage | undefined
  // A connection that is made after an adoption meets another lineage than this program's, and says that the database is wrong.
  const failed = (error: Error) => options.failed(lineage?.isAdopting ? new LineageMoved() : error)
  const database = await openDatabase({
    folder: data,
    postgres,
    log,
    metrics,
    failed,
    ...(retention && { retention }),
    ...(quotas && { quotas }),
  })
  try {
    lineage = await Lineage.open({ database, log, metrics, now: () => clock.now() })
    return await serve(database, lineage, options)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function serve(opened: ZoneDatabase, lineage: Lineage, options: ZoneApiOptions): Promise<ZoneApi> {
  const { log, metrics, clock = systemClock, tls, corsOrigins, host, port } = options
  const now = () => clock.now()
  const database = heldBack(opened, lineage)
  if (options.credentials) await database.bootstrapCredentials(options.credentials)
  const defaults = serverDefaults(options.zoneDefaults)
  database.onCommit((events) => logCommits(log, events))
  const events = await EventHub.open({ database })
  const progress = new Progress({ database, now, lineage })
  const traces = new Traces()
  database.onCommit((committed) => noteCommits(traces, committed))
  const orders = new Orders({ clock })
  const importer = new Importer({ database, folder: join(options.data, 'tmp') })
  const access = new AccessWatch({ database, clock })
  const bootstrap =
    options.bootstrapFile === undefined
      ? undefined
      : await BootstrapFile.open({ file: options.bootstrapFile, database, access, clock, log })
  const uses = new CredentialUses({ database, clock, log })
  const looked = lookedMetric(metrics)
  const credentials = new Credentials({ database, clock, watch: access, passwords: new PasswordChecks(), uses, looked })
  const denials = new DenialLog({ database, clock, log })
  const sealKeys = new SealKeys({ file: options.sealKeyFile, log, metrics })
  const engine = options.postgres ? 'PostgreSQL' : 'SQLite'
  const schema = () => schemaState({ folder: options.data, postgres: options.postgres })
  const moved = () => void clock.schedule(answeredMs, () => options.failed(new LineageMoved()))
  const ports: ServicePorts = {
    database,
    importer,
    access,
    credentials,
    denials,
    sealKeys,
    defaults,
    quotas: options.quotas ?? {},
    events,
    progress,
    traces,
    orders,
    lineage,
    moved,
    engine,
    schema,
    clock,
    metrics,
    ...(options.kafka && { relay: () => relay }),
  }
  const server = createRpcServer({
    services,
    guard: credentials,
    denied: (denied) => denials.note(denied),
    healthPort: options.healthPort,
    log,
    metrics,
    tls,
    allowInsecure: options.allowInsecure,
    ...(corsOrigins && { corsOrigins }),
    ...(options.limits && { limits: options.limits }),
    routes: (router) => addServices(router, ports),
  })
  database.onServing((serving) => server.health.setAll(serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING))
  const { health } = server
  lineage.report(health)
  // Nobody is told anything of a database that may be behind.
  const relay: Relay | undefined =
    options.kafka && lineage.isSound
      ? startKafkaRelay({
          settings: options.kafka,
          isShared: options.postgres !== undefined,
          database,
          health,
          clock,
          log,
          metrics,
        })
      : undefined
  const tidying = tidy(database, clock, log)
  const close = async () => {
    tidying.cancel()
    access.close()
    bootstrap?.close()
    events.close()
    progress.close()
    orders.close()
    await server.close()
    if (relay) await relay.close()
    await importer.close()
    await denials.close()
    await uses.close()
    await database.close()
  }
  try {
    return { ...(await server.listen({ host, port })), database, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The first line of each change; the publisher and the edges log the same ids. */
function logCommits(log: Logger, events: readonly CommitEvent[]): void {
  if (!log.isLevelEnabled('debug')) return
  for (const { head, changeIds, traceparent } of events) {
    const { zone, state, position } = head
    const { generation, version, serial, deleted } = state
    const where = { zone, generation: String(generation), version: String(version), serial, deleted, position: String(position) }
    log.debug({ ...where, changeIds, traceparent }, 'committed')
  }
}

/** What another zone API has committed brings no trace. */
function noteCommits(traces: Traces, events: readonly CommitEvent[]): void {
  for (const { head, traceparent, committedAtMs } of events) {
    const { zone, state } = head
    if (traceparent !== '')
      traces.own('commit', { zone, ...state, traceparent }, committedAtMs, Math.max(committedAtMs, wallMs()))
  }
}

const tidyEveryMs = 30_000
/** Between two slices there is room for others. */
const sliceEveryMs = 20

/** Tidies the database in small slices for as long as there is something to do, and looks again now and then. */
function tidy(database: ZoneDatabase, clock: Clock, log: Logger): { cancel(): void } {
  let cancelled = false
  let next = clock.schedule(sliceEveryMs, () => void slice())
  const slice = async () => {
    const more = await database.maintain().catch((error: unknown) => {
      if (!cancelled) log.error({ err: error }, 'tidying failed')
      return false
    })
    if (!cancelled) next = clock.schedule(more ? sliceEveryMs : tidyEveryMs, () => void slice())
  }
  return {
    cancel() {
      cancelled = true
      next.cancel()
    },
  }
}
