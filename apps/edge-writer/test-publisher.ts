/** A publisher for tests: the real sender of libs/sync over a real store and a real server. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { parseName } from '@zonecast/dns'
import { beginMessage, catchUpMessage, deltaMessages, endMessage, rangeMessage, stateFromMessage } from '@zonecast/contract'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import {
  FetchZoneResponseSchema,
  ReleaseService,
  type FetchZoneRequest,
  type FetchZoneResponse,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import type { WalkPart } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import type { Role } from '@zonecast/access'
import { createRpcServer, notFound, principalOfRole, unavailable, type Principal } from '@zonecast/rpc'
import { AsyncQueue, createMetrics, sha256, silentLogger } from '@zonecast/runtime'
import { HeadIndex, Sender, type FollowRequest, type FollowResponse, type SenderEffect } from '@zonecast/sync'
import { deltaBefore, deltaPieces, firstKey, headTerm, nextRange, type KeyRange } from '@zonecast/zone'
import { openZoneStore } from '@zonecast/zone-store'
import { requestFromMessage, responseToMessage } from './test-publisher-messages.ts'
import type { Commit } from './test-zones.ts'

export const tokens = {
  administrator: 'zc_administrator',
  publisher: 'zc_publisher',
  edge: 'zc_edge',
} as const satisfies Partial<Record<Role, string>>

export interface TestPublisherOptions {
  readonly logId: Uint8Array
  readonly port?: number
  readonly publisherId?: string
  readonly shards?: readonly number[]
  /** Larger bodies are fetched. */
  readonly inlineOctets?: number
  readonly heartbeatMilliseconds?: number
  /** Changes or drops what is sent. */
  readonly tamper?: (response: FollowResponse) => FollowResponse | undefined
  /** Called before each part of a fetch; may throw, and so cut it, or give another part. */
  readonly onPart?: (fetch: number, octets: number, range: KeyRange) => KeyRange
}

export interface TestPublisher {
  readonly port: number
  readonly url: string
  /** What the edge said, oldest first. */
  readonly heard: readonly FollowRequest[]
  /** What the edge was sent. */
  readonly sent: readonly FollowResponse[]
  /** Requests of FetchZone, and the octets of pages that each was sent. */
  readonly fetches: readonly { readonly request: FetchZoneRequest; octets: number }[]
  /** Stores commits and announces them. */
  take(...commits: readonly Commit[]): Promise<void>
  /** Resolves with the first message of the edge, past ones included, for which this holds. */
  hears<Kind extends FollowRequest['kind']>(
    kind: Kind,
    holds?: (message: Extract<FollowRequest, { kind: Kind }>) => boolean,
  ): Promise<Extract<FollowRequest, { kind: Kind }>>
  /** Goes on with another log. */
  moveLog(logId: Uint8Array): void
  tick(): void
  /** Ends all streams. */
  cut(): void
  close(): Promise<void>
}

interface Stream {
  readonly sender: Sender
  readonly out: AsyncQueue<FollowResponse>
}

const allShards = Array.from({ length: 64 }, (_, shard) => shard)
const rangeOctets = 16_000

export async function startPublisher(options: TestPublisherOptions): Promise<TestPublisher> {
  const { publisherId = 'publisher-1', shards = allShards, inlineOctets = 256 * 1024, heartbeatMilliseconds = 5_000 } = options
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-publisher-'))
  const store = await openZoneStore({ folder, kind: 'publisher', log: silentLogger() })
  const index = new HeadIndex({
    headTerm: (zone, state) => Buffer.from(sha256(headTerm(parseName(zone), state)), 'latin1'),
  })
  index.reset(options.logId)
  const streams = new Set<Stream>()
  const heard: FollowRequest[] = []
  const sent: FollowResponse[] = []
  const fetches: { request: FetchZoneRequest; octets: number }[] = []
  const listeners = new Set<(message: FollowRequest) => void>()

  function run(stream: Stream, effects: readonly SenderEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'send') say(stream, effect.message)
      else if (effect.kind === 'compose') run(stream, stream.sender.step(bodyOf(effect)))
      else if (effect.kind === 'close') stream.out.fail(unavailable(0, effect.reason))
    }
  }

  function say(stream: Stream, message: FollowResponse): void {
    const changed = options.tamper ? options.tamper(message) : message
    if (changed === undefined) return
    sent.push(changed)
    void stream.out.push(changed)
  }

  function bodyOf({ ticket, base, target }: Extract<SenderEffect, { kind: 'compose' }>): Parameters<Sender['step']>[0] {
    const { state } = target
    if (state.deleted) return { kind: 'body', ticket, state, base: undefined, body: { kind: 'tombstone' } }
    const header = store.get(target.zone)?.header
    if (header === undefined) return { kind: 'noBody', ticket }
    const steps = base && store.deltaFrom(target.zone, base)
    if (!steps && header.contentOctets > inlineOctets) {
      return { kind: 'body', ticket, state: header.state, base, body: { kind: 'fetch', octets: header.contentOctets } }
    }
    const delta = steps?.delta ?? wholeOf(target.zone)
    const from = steps && base
    const content = { base: from, target: header, delta }
    const octets = delta.added.length + delta.removed.length
    return { kind: 'body', ticket, state: header.state, base: from, body: { kind: 'delta', octets, content } }
  }

  const whole = new Map<string, readonly Uint8Array[]>()
  const wholeOf = (zone: string) => ({ removed: new Uint8Array(0), added: Buffer.concat([...(whole.get(zone) ?? [])]) })

  async function* follow(requests: AsyncIterable<Parameters<typeof requestFromMessage>[0]>) {
    const out = new AsyncQueue<FollowResponse>(1_000_000)
    const sender = new Sender({ edgeId: 'edge-1', publisherId, placements: ['default'], index, shards, heartbeatMilliseconds })
    const stream = { sender, out }
    streams.add(stream)
    const reading = (async () => {
      for await (const message of requests) {
        const request = requestFromMessage(message)
        heard.push(request)
        run(stream, sender.step({ kind: 'received', message: request }))
        for (const listener of listeners) listener(request)
      }
    })()
    reading.catch(() => {}).finally(() => out.end())
    try {
      for await (const response of out) yield responseToMessage(response)
    } finally {
      streams.delete(stream)
    }
  }

  async function* fetchZone(request: FetchZoneRequest): AsyncGenerator<FetchZoneResponse, void, undefined> {
    const count = fetches.push({ request, octets: 0 })
    const noted = fetches[count - 1] as (typeof fetches)[number]
    for (const part of partsOf(request, noted, count)) yield create(FetchZoneResponseSchema, { part })
  }

  function* partsOf({ zone, base, resume }: FetchZoneRequest, noted: { octets: number }, count: number): Generator<WalkPart> {
    const header = store.view(zone)?.stored.header
    if (header === undefined) throw notFound('zone', zone)
    const steps = base && !resume ? store.deltaFrom(zone, stateFromMessage(base)) : undefined
    if (steps) {
      yield beginMessage(header, { resumed: false, delta: true })
      for (const piece of deltaMessages(steps.base, steps.header, deltaPieces(steps.delta, rangeOctets)))
        yield catchUpMessage(piece)
      yield endMessage(header)
      return
    }
    const { state } = header
    const resumed = resume !== undefined && resume.generation === state.generation
    yield beginMessage(header, { resumed, delta: false })
    if (resumed && resume.version < state.version) {
      const missed = store.deltaFrom(zone, { ...state, version: resume.version, digest: new Uint8Array(0) })
      if (missed === undefined) throw notFound('delta', zone)
      const pieces = deltaPieces(deltaBefore(missed.delta, resume.key), rangeOctets)
      for (const piece of deltaMessages(missed.base, missed.header, pieces)) yield catchUpMessage(piece)
    }
    for (let key = resumed ? resume.key : firstKey(0); ;) {
      const pages = store.view(zone)?.pages
      if (pages === undefined) throw notFound('zone', zone)
      const range = nextRange(pages, key, rangeOctets)
      const changed = options.onPart?.(count, noted.octets, range) ?? range
      noted.octets += changed.pages.reduce((sum, page) => sum + page.content.length, 0)
      yield changed === range ? rangeMessage(range, state.version, sha256) : tampered(range, changed, state.version)
      if (range.toKey.length === 0) break
      key = range.toKey
    }
    yield endMessage(header)
  }

  const server = createRpcServer({
    services: [ReleaseService, AccessService],
    log: silentLogger(),
    metrics: createMetrics('test-publisher'),
    drainMs: 50,
    guard: {
      authenticate: (shown) =>
        shown.kind === 'token' ? principals.get(createHash('sha256').update(shown.token).digest('hex')) : undefined,
    },
    routes: (router) => {
      router.service(ReleaseService, { follow, fetchZone })
      router.service(AccessService, {
        introspect: ({ credentialSha256 }) => {
          const principal = principals.get(Buffer.from(credentialSha256).toString('hex'))
          if (principal === undefined) return { active: false }
          return { active: true, cacheSeconds: 60, principal: messageOf(principal) }
        },
      })
    },
  })
  const { port, url } = await server.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  const everyStream = (event: Parameters<Sender['step']>[0]) => {
    for (const stream of streams) run(stream, stream.sender.step(event))
  }
  for (const shard of allShards) index.complete(shard, 0n)

  return {
    port,
    url,
    heard,
    sent,
    fetches,
    take: async (...commits) => {
      for (const { head, header, base, rrs, delta } of commits) {
        const { zone, shard, position, state, placement } = head
        whole.set(zone, rrs)
        const from = base && store.get(zone)?.header.state.version === base.version ? base : undefined
        const content = from ? delta : wholeOf(zone)
        if (header) await store.apply({ zone, shard, position, header, base: from, delta: content })
        else await store.remove({ zone, shard, position, state, placement })
        index.put(head)
        index.complete(shard, position)
        everyStream({ kind: 'moved', shard })
      }
    },
    hears: (kind, holds = () => true) =>
      new Promise((resolve) => {
        const isIt = (message: FollowRequest) => message.kind === kind && holds(message as never)
        const listener = (message: FollowRequest) => {
          if (!isIt(message)) return
          listeners.delete(listener)
          resolve(message as never)
        }
        const past = heard.find(isIt)
        if (past) resolve(past as never)
        else listeners.add(listener)
      }),
    moveLog: (logId) => {
      index.reset(logId)
      for (const shard of allShards) index.complete(shard, 0n)
      everyStream({ kind: 'moved' })
    },
    tick: () => everyStream({ kind: 'tick' }),
    cut: () => {
      for (const { out } of streams) out.fail(unavailable(0, 'cut'))
    },
    close: async () => {
      for (const { out } of streams) out.end()
      await server.close()
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function messageOf({ name, role, permissions, edgeId = '', placements = [] }: Principal) {
  return { name, role, permissions: [...permissions], edgeId, placements: [...placements] }
}

/** Other pages under the hash of the right ones. */
function tampered(range: KeyRange, changed: KeyRange, version: bigint) {
  const [right, wrong] = [range, changed].map((one) => rangeMessage(one, version, sha256))
  const value = right?.part.value as { sha256: Uint8Array }
  return { ...wrong, part: { case: 'range', value: { ...wrong?.part.value, sha256: value.sha256 } } } as NonNullable<typeof right>
}

const principals = new Map<string, Principal>(
  Object.entries(tokens).map(([role, token]) => [
    createHash('sha256').update(token).digest('hex'),
    {
      ...principalOfRole(role, role as Role),
      ...(role === 'edge' && { edgeId: 'edge-1', placements: ['default'] }),
    },
  ]),
)
