/** The whole system in processes of its own: a zone API, publishers and edges over a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DescService } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { parseName, typeFromText, type Message } from '@zonecast/dns'
import { dnsQuery, type Address } from '@zonecast/dns-net'
import { createRpcClient, createRpcTransport, type RpcTransport } from '@zonecast/rpc'
import { makeSealKey, writeSealKeys } from '@zonecast/runtime/sealing'
import { makeCredentials } from './credentials.ts'
import { freePort } from './free-port.ts'
import { startApp, type AppOptions, type RunningApp } from './process.ts'
import { isSecured, makeSecured, type Secured } from './secured.ts'

export interface SystemOptions {
  /** Names of the edges; `['edge-1']` by default. */
  readonly edges?: readonly string[]
  /** Names of the publishers, all of which every edge follows; `['publisher']` by default. */
  readonly publishers?: readonly string[]
  /** Names of the zone APIs, which share one database; publishers know all and begin with the first. `['zone-api']` by default. */
  readonly zoneApis?: readonly [string, ...string[]]
  /** Where the zone APIs keep zones; in their data folders by default. */
  readonly databaseUrl?: string
  /** Names of edges that have a credential and no process: somebody else follows for them. */
  readonly strangers?: readonly string[]
  /** Put before the command of an app, by its name: `zone-api`, or the publisher's or the edge's. */
  readonly prefix?: Readonly<Record<string, readonly string[]>>
  /** Further variables of an app, by its name. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Puts something between the edges and the publisher: gives the URL that edges are told, for the publisher's port. */
  readonly publisherUrl?: (port: number) => Promise<string>
  /** Puts something between the publishers and the zone API: gives the URL that publishers are told, for the zone API's port. */
  readonly zoneApiUrl?: (port: number, publisher: string) => Promise<string>
  /** Flags of node for an app, by its name. */
  readonly flags?: Readonly<Record<string, readonly string[]>>
  /** Speaks TLS and asks for certificates; by default where the whole run does. */
  readonly secured?: boolean
}

/** A program that is asked to end gives up waiting for itself before (`graceMs` of `runApp`). */
const longestEndMs = 15_000

interface Part {
  readonly name: string
  readonly options: AppOptions
  running: RunningApp | undefined
}

export interface System {
  readonly folder: string
  /** Keys that secrets are sealed under, one to begin with; all zone APIs have it. */
  readonly sealKeyFile: string
  /** Tokens by principal: `administrator`, `publisher`, and each edge's name. */
  readonly tokens: Readonly<Record<string, string>>
  /** Files of a client, where the system speaks TLS. */
  readonly tls: Secured['tls'] | undefined
  /** Its certificates. */
  readonly secured: Secured | undefined
  /** Where an app is reached, started or not. */
  url(app: string): string
  /** The running app of this name. */
  app(name: string): RunningApp
  /** Starts an app that was stopped, killed or ended by itself, on the ports it had; `more` variables are for this start alone. */
  start(name: string, more?: Readonly<Record<string, string>>): Promise<RunningApp>
  stop(name: string, signal?: NodeJS.Signals): Promise<void>
  /** Its data folder. */
  dataOf(name: string): string
  /** A client of a service on an app, by default on the zone API as the administrator. */
  client<S extends DescService>(service: S, app?: string, token?: string): Client<S>
  /** A DNS question to an edge. */
  dig(edge: string, name: string, type?: string, more?: Partial<Parameters<typeof dnsQuery>[0]>): Promise<Message>
  dnsOf(edge: string): Address
  close(): Promise<void>
}

/** Suites judge what a program answers, and not what a client makes of it. */
const retries = { maxAttempts: 1 }

/** Starts everything and waits until each program is ready. Stopped edges and publishers are started by `start`. */
export async function startSystem({
  edges = ['edge-1'],
  publishers = ['publisher'],
  zoneApis = ['zone-api'],
  databaseUrl,
  strangers = [],
  prefix = {},
  env = {},
  flags = {},
  publisherUrl,
  zoneApiUrl,
  secured: wantsTLS = isSecured,
}: SystemOptions = {}): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-'))
  const tokens = makeCredentials(folder, [...edges, ...strangers])
  const sealKeyFile = join(folder, 'seal.keys')
  writeSealKeys(sealKeyFile, [makeSealKey()])
  const secured = wantsTLS ? makeSecured(folder) : undefined
  const reached = (url: string) => (secured ? url.replace(/^http:/, 'https:') : url)
  const parts = new Map<string, Part>()
  const transports = new Map<string, RpcTransport>()

  /** A part keeps its ports over restarts, so that the others find it again. */
  async function run(name: string, program: AppOptions['app'], variables: Record<string, string>): Promise<RunningApp> {
    const [before, given] = [prefix[name], flags[name]]
    const options: AppOptions = {
      app: program,
      env: { ...variables, ...secured?.serverVariables(name), ...env[name] },
      ...(before && { prefix: before }),
      ...(given && { flags: given }),
    }
    const running = await startApp(options)
    const { port, dns } = running.ready
    const ports = { ZONECAST_PORT: String(port), ...(dns && { ZONECAST_DNS_LISTEN: dns.map(textOf).join(',') }) }
    parts.set(name, { name, options: { ...options, env: { ...options.env, ...ports } }, running })
    return running
  }

  function part(name: string): Part {
    const found = parts.get(name)
    if (found === undefined) throw new Error(`there is no app called ${name}`)
    return found
  }

  function app(name: string): RunningApp {
    const { running } = part(name)
    if (running === undefined) throw new Error(`${name} is stopped`)
    return running
  }

  async function stop(name: string, signal?: NodeJS.Signals): Promise<void> {
    const stopping = part(name)
    await stopping.running?.stop(signal)
    stopping.running = undefined
  }

  async function close(): Promise<void> {
    for (const transport of transports.values()) transport.close()
    for (const { running } of parts.values()) wake(running)
    const late: string[] = []
    await Promise.all([...parts.values()].map((one) => endOf(one, late)))
    rmSync(folder, { recursive: true, force: true })
    if (late.length > 0) throw new Error(`${late.join(', ')} did not end when asked to`)
  }

  try {
    const common = async () => ({ ZONECAST_LOG_LEVEL: 'info', ZONECAST_PORT: String(await freePort()) })
    const startZoneApi = async (name: string) =>
      run(name, 'zone-api', {
        ...(await common()),
        ZONECAST_DATA: join(folder, name),
        ZONECAST_BOOTSTRAP_FILE: join(folder, 'bootstrap.json'),
        ZONECAST_SEAL_KEY_FILE: sealKeyFile,
        ...(databaseUrl !== undefined && { ZONECAST_DATABASE_URL: databaseUrl }),
      })
    const apiPorts = (await Promise.all(zoneApis.map(startZoneApi))).map(({ ready }) => ready.port)
    const startPublisher = async (publisher: string) => {
      const urlOf = async (port: number) => (await zoneApiUrl?.(port, publisher)) ?? `http://127.0.0.1:${port}`
      const sources = await Promise.all(apiPorts.map(urlOf))
      const { ready } = await run(publisher, 'publisher', {
        ...(await common()),
        ZONECAST_DATA: join(folder, publisher),
        ZONECAST_PUBLISHER_ID: publisher,
        ZONECAST_ZONE_API_URL: sources.map(reached).join(','),
        ...secured?.clientVariables(publisher),
        ZONECAST_TOKEN_FILE: join(folder, 'publisher.token'),
      })
      return (await publisherUrl?.(ready.port)) ?? `http://127.0.0.1:${ready.port}`
    }
    const followed = await Promise.all(publishers.map(startPublisher))
    const startEdge = async (edge: string) => {
      const dnsPort = await freePort()
      await run(edge, 'edge-writer', {
        ...(await common()),
        ZONECAST_DATA: join(folder, edge),
        ZONECAST_EDGE_ID: edge,
        ZONECAST_PUBLISHER_URLS: followed.map(reached).join(','),
        ...secured?.clientVariables(edge),
        ZONECAST_TOKEN_FILE: join(folder, `${edge}.token`),
        ZONECAST_DNS_LISTEN: `127.0.0.1:${dnsPort},[::1]:${dnsPort}`,
      })
    }
    await Promise.all(edges.map(startEdge))
  } catch (error) {
    await close()
    throw error
  }

  const urlOf = (name: string) => reached(`http://127.0.0.1:${part(name).options.env['ZONECAST_PORT']}`)
  return {
    folder,
    sealKeyFile,
    tokens,
    tls: secured?.tls,
    secured,
    url: urlOf,
    app,
    stop,
    start: async (name, more = {}) => {
      const starting = part(name)
      starting.running = await startApp({ ...starting.options, env: { ...starting.options.env, ...more } })
      return starting.running
    },
    dataOf: (name) => part(name).options.env['ZONECAST_DATA'] as string,
    client: (service, name = 'zone-api', token = tokens['administrator'] as string) => {
      const url = urlOf(name)
      const key = `${url} ${token}`
      const transport = transports.get(key) ?? createRpcTransport({ url, token, retries, ...(secured && { tls: secured.tls }) })
      transports.set(key, transport)
      return createRpcClient(service, transport)
    },
    dnsOf: (edge) => dnsAddress(part(edge)),
    dig: (edge, name, type = 'A', more = {}) =>
      dnsQuery({ server: dnsAddress(part(edge)), name: parseName(name), type: typeFromText(type) as number, ...more }),
    close,
  }
}

/** Asks a program to end, and kills it where it does not. */
async function endOf({ name, running }: Part, late: string[]): Promise<void> {
  const timer = setTimeout(() => {
    late.push(name)
    void running?.stop('SIGKILL')
  }, longestEndMs)
  await running?.stop()
  clearTimeout(timer)
}

/** What was stopped by SIGSTOP would not hear that it is to end. */
function wake(running: RunningApp | undefined): void {
  if (running && running.child.exitCode === null && running.child.signalCode === null) process.kill(running.ready.pid, 'SIGCONT')
}

function dnsAddress({ options }: Part): Address {
  const [first = ''] = (options.env['ZONECAST_DNS_LISTEN'] ?? '').split(',')
  const at = first.lastIndexOf(':')
  return { host: first.slice(0, at), port: Number(first.slice(at + 1)) }
}

function textOf({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
