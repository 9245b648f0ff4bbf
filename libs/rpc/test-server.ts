/** A real server with all four kinds of method, for the tests of this library. */
import { create } from '@bufbuild/protobuf'
import type { ConnectRouter } from '@connectrpc/connect'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ExportZoneResponseSchema, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createLogger, createMetrics, type Logger } from '@zonecast/runtime'
import { EventEmitter } from 'node:events'
import { type Guard, type Principal, principalOf, principalOfRole } from './guard.ts'
import { createRpcServer, type RpcServer, type RpcServerOptions } from './server.ts'

export const administrator = principalOfRole('root', 'administrator')
const edge: Principal = { ...principalOfRole('e1', 'edge'), edgeId: 'e1' }

/** `zc_admin` and `zc_edge` are known, the second by a promise. */
export const testGuard: Guard = {
  authenticate: (presented) => {
    const token = presented.kind === 'token' ? presented.token : ''
    return token === 'zc_admin' ? administrator : Promise.resolve(token === 'zc_edge' ? edge : undefined)
  },
}

export interface TestServer extends RpcServer {
  readonly url: string
  readonly port: number
  readonly healthPort?: number
  /** Emits `called`, `asleep`, `aborted`, `whole` and `left` with the zone's or the method's name. */
  readonly events: EventEmitter
  /** Names of the methods whose handlers ran. */
  readonly called: string[]
  readonly lines: Record<string, unknown>[]
  readonly log: Logger
  /** What `GetZone` throws for the zone `refused.`. */
  refusal: unknown
}

export async function startTestServer(options: Partial<RpcServerOptions> = {}, wantedPort = 0): Promise<TestServer> {
  const lines: Record<string, unknown>[] = []
  const log = createLogger({ app: 'test', level: 'debug', destination: { write: (line) => void lines.push(JSON.parse(line)) } })
  const events = new EventEmitter()
  const called: string[] = []
  const state = { refusal: undefined as unknown }
  events.on('called', (name: string) => called.push(name))
  const server = createRpcServer({
    services: [ZoneService, ContentService],
    guard: testGuard,
    log,
    metrics: createMetrics('test'),
    drainMs: 100,
    routes: (router) => addTestRoutes(router, events, state),
    ...options,
  })
  const listening = await server.listen({ host: '127.0.0.1', port: wantedPort })
  return Object.assign(state, server, { ...listening, events, called, lines, log })
}

function addTestRoutes(router: ConnectRouter, events: EventEmitter, state: { refusal: unknown }): void {
  router.service(ZoneService, {
    async getZone({ zone }, context) {
      events.emit('called', 'GetZone')
      if (zone === 'refused.') throw state.refusal
      if (zone === 'stuck.') return new Promise(() => events.emit('asleep', zone))
      if (zone === 'slow.') await asleep(context.signal, events, zone)
      return { zone: { name: zone, id: principalOf(context).name } }
    },
    async importZone(parts) {
      events.emit('called', 'ImportZone')
      let octets = 0n
      try {
        for await (const { part } of parts) {
          if (part.case === 'header') events.emit('asleep', part.value.zone)
          else octets += BigInt(part.value?.length ?? 0)
        }
        events.emit('whole', 'ImportZone')
      } finally {
        events.emit('left', 'ImportZone')
      }
      return { outcomes: [{ zone: 'a.', rrCount: octets }] }
    },
    async *exportZone({ zone, version }, { signal }) {
      events.emit('called', 'ExportZone')
      for (let piece = 0n; piece < version; piece++) yield { data: new Uint8Array(10) }
      if (zone === 'slow.') await asleep(signal, events, zone)
      if (zone === 'large.') yield create(ExportZoneResponseSchema, { data: new Uint8Array(2 * 1024 * 1024) })
    },
  })
  router.service(ContentService, {
    async *fetch(wants) {
      events.emit('called', 'Fetch')
      // Response headers travel with the first message, so a two-way stream says something at once.
      yield { want: 0n }
      try {
        for await (const { want } of wants) yield { want: want + 1n }
      } finally {
        events.emit('left', 'Fetch')
      }
    },
  })
}

async function asleep(signal: AbortSignal, events: EventEmitter, zone: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      events.emit('aborted', zone)
      reject(signal.reason)
    })
    events.emit('asleep', zone)
  })
}

/** A stream of requests that ends when the caller says so. */
export async function* requests<T>(messages: readonly T[], until?: Promise<unknown>): AsyncGenerator<T> {
  yield* messages
  await until
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const messages: T[] = []
  for await (const message of stream) messages.push(message)
  return messages
}
