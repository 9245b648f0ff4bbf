/** An edge with a real store that does as it is told, one message at a time, for tests. */
import { create } from '@bufbuild/protobuf'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import type { Client } from '@connectrpc/connect'
import { headerFromMessage, readWalk, required, stateFromMessage, tokenToMessage } from '@zonecast/contract'
import {
  FollowRequestSchema,
  ReleaseService,
  type FollowRequest,
  type FollowResponse,
  type Hello,
  type Offer,
  type Release,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { createRpcClient, createRpcTransport, type RpcTransport } from '@zonecast/rpc'
import { AsyncQueue, silentLogger } from '@zonecast/runtime'
import { compareStates, type ResumeToken, type ZoneState } from '@zonecast/zone'
import { openZoneStore, StoreRefusal, type Stage, type ZoneStore } from '@zonecast/zone-store'
import { stateToMessage } from '@zonecast/contract'

export interface TestEdgeOptions {
  readonly url: string
  readonly folder: string
  readonly edgeId?: string
  readonly token?: string
  readonly hello?: Partial<Hello>
}

/** What a fetch did. */
export interface FetchSeen {
  readonly resumed: boolean
  readonly delta: boolean
  readonly octets: number
  readonly largestMessage: number
}

export class TestEdge {
  readonly store: ZoneStore
  readonly releases: Release[] = []
  readonly seen: FollowResponse[] = []
  readonly fetches: FetchSeen[] = []
  readonly client: Client<typeof ReleaseService>
  /** Ends a fetch after so many ranges, once. */
  cutAfterRanges: number | undefined
  /** Why the stream ended. */
  ended: unknown
  readonly #options: TestEdgeOptions
  readonly #transport: RpcTransport
  readonly #stop = new AbortController()
  readonly #outgoing = new AsyncQueue<FollowRequest>(1_000)
  readonly #checks = new Set<() => void>()
  readonly #stages = new Map<string, Stage>()
  readonly #heartbeat = setInterval(() => this.#send({ case: 'heartbeat', value: {} }), 2_000)
  #run: Promise<void> | undefined

  private constructor(options: TestEdgeOptions, store: ZoneStore) {
    this.#options = options
    this.store = store
    this.#transport = createRpcTransport({ url: options.url, token: options.token ?? 'zc_edge_1' })
    this.client = createRpcClient(ReleaseService, this.#transport)
  }

  static async open(options: TestEdgeOptions): Promise<TestEdge> {
    const store = await openZoneStore({ folder: options.folder, kind: 'edge-writer', log: silentLogger() })
    return new TestEdge(options, store)
  }

  follow(): this {
    const { edgeId = 'edge-1', hello } = this.#options
    this.#send({ case: 'hello', value: { protocol: 1, edgeId, ...hello } })
    this.#run = this.#read().catch((error: unknown) => {
      this.ended = error
      this.#check()
    })
    return this
  }

  state(zone: string): ZoneState | undefined {
    return this.store.get(zone)?.header.state
  }

  /** Resolves when a claim holds; it is tried after each message. */
  until<T>(claim: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const found = claim()
        if (found === undefined || found === false) return
        this.#checks.delete(check)
        resolve(found)
      }
      this.#checks.add(check)
      check()
    })
  }

  untilVersion(zone: string, version: bigint): Promise<ZoneState> {
    return this.until(() => {
      const state = this.state(zone)
      return state !== undefined && state.version >= version && state
    })
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat)
    this.#stop.abort()
    this.#outgoing.end()
    await this.#run
    this.#transport.close()
    await this.store.close()
  }

  #check(): void {
    for (const check of this.#checks) check()
  }

  #send(message: { case: string; value: object }): void {
    void this.#outgoing.push(create(FollowRequestSchema, { message: message as never }))
  }

  async #read(): Promise<void> {
    for await (const response of this.client.follow(this.#outgoing, { signal: this.#stop.signal })) {
      this.seen.push(response)
      const { message } = response
      if (message.case === 'offer') this.#have(message.value)
      if (message.case === 'release') await this.#take(message.value)
      if (message.case === 'resume') {
        this.#send({ case: 'position', value: { level: { shard: message.value.shard } } })
      }
      this.#check()
    }
  }

  #have({ shard, entries }: Offer): void {
    const list = entries.map(({ zone, position, state }) => {
      const have = this.state(zone)
      const satisfied = have !== undefined && compareStates(have, stateFromMessage(required(state, 'state'))) >= 0
      return { zone, position, satisfied, ...(have && { have: stateToMessage(have) }) }
    })
    this.#send({ case: 'have', value: { shard, entries: list } })
  }

  async #take(release: Release): Promise<void> {
    const { zone, shard, position, body } = release
    this.releases.push(release)
    try {
      if (body.case === 'delta') {
        const { target, removed, added } = body.value
        const header = headerFromMessage(required(target, 'target'))
        const base = release.base && stateFromMessage(release.base)
        await this.store.apply({ zone, shard, position, header, base, delta: { removed, added } })
      } else if (body.case === 'tombstone') {
        const state = stateFromMessage(required(release.state, 'state'))
        await this.store.remove({ zone, shard, position, state, placement: release.placement })
      } else await this.fetch(release)
      this.#done(release)
    } catch (error) {
      // What was taken is wrong: the next fetch begins anew.
      if (error instanceof StoreRefusal) await this.#dropStage(zone)
      this.#refuse(release, error)
    }
  }

  async #dropStage(zone: string): Promise<void> {
    const stage = this.#stages.get(zone)
    this.#stages.delete(zone)
    await stage?.abort()
  }

  #done({ zone, shard, position }: Release): void {
    const state = stateToMessage(this.state(zone) as ZoneState)
    this.#send({ case: 'ack', value: { zone, shard, position, state, appliedAt: timestampNow() } })
    this.#send({ case: 'answered', value: { zone, shard, state, answeredAt: timestampNow() } })
  }

  #refuse({ zone, shard, position, state }: Release, error: unknown): void {
    const reason = { BASE_MISMATCH: 2, NOT_NEWER: 1, DIGEST_MISMATCH: 3 }[(error as { reason?: string }).reason ?? ''] ?? 8
    const have = this.state(zone)
    const value = {
      zone,
      shard,
      position,
      refused: state,
      reason,
      detail: String(error),
      ...(have && { have: stateToMessage(have) }),
    }
    this.#send({ case: 'nack', value })
  }

  /** Fetches a zone into its stage; one that was cut goes on from its token. */
  async fetch({ zone, shard, position, base }: Pick<Release, 'zone' | 'shard' | 'position' | 'base'>): Promise<void> {
    const stage = this.#stages.get(zone) ?? this.store.beginStage({ zone, shard })
    this.#stages.set(zone, stage)
    const token: ResumeToken | undefined = stage.token()
    const stop = new AbortController()
    const request = { zone, ...(token ? { resume: tokenToMessage(token) } : base && { base }) }
    const seen = { resumed: false, delta: false, octets: 0, largestMessage: 0 }
    this.fetches.push(seen)
    let ranges = 0
    try {
      for await (const part of readWalk(this.client.fetchZone(request, { signal: stop.signal }))) {
        if (part.kind === 'begin') {
          Object.assign(seen, { resumed: part.resumed, delta: part.delta })
          if (!part.delta) await stage.begin(part.header, part.resumed)
        } else if (part.kind === 'range') {
          const octets = part.range.pages.reduce((sum, { content, key }) => sum + content.length + key.length + 12, 0)
          seen.octets += octets
          seen.largestMessage = Math.max(seen.largestMessage, octets)
          await stage.range(part.range)
          if (++ranges === this.cutAfterRanges) throw new Error('cut by the test')
        } else if (part.kind === 'catch-up') {
          const { named, catchUp } = part
          if (seen.delta)
            await this.store.apply({ zone, shard, position, header: named.target, base: named.base, delta: named.delta })
          else await stage.catchUp(catchUp)
        } else if (!seen.delta) {
          await stage.end(part.header, { position })
          this.#stages.delete(zone)
        }
      }
    } finally {
      stop.abort()
      this.cutAfterRanges = undefined
    }
  }
}
