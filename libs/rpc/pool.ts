/** Calls spread over the addresses of one name: round robin over those that answer, a connection to each. */
import { Code, ConnectError } from '@connectrpc/connect'
import type { createGrpcTransport } from '@connectrpc/connect-node'
import { lookup } from 'node:dns/promises'
import type { ClientHttp2Stream, ClientSessionRequestOptions, OutgoingHttpHeaders } from 'node:http2'
import { connect as connectTCP, isIP } from 'node:net'
import { bareHost } from './bare-host.ts'
import { type Connection, type ConnectionTimes, defaultTimes } from './connection.ts'
import { unseen } from './failure.ts'
import { Member, type MemberState } from './member.ts'
import { type ClientSecrets, connectSecurely } from './tls-connect.ts'
import type { TLSFileNames } from './tls-files.ts'

type SessionManager = NonNullable<Parameters<typeof createGrpcTransport>[0]['sessionManager']>

export interface PoolOptions extends Partial<ConnectionTimes> {
  /** Asked for each new connection over TLS. */
  readonly secrets?: () => { readonly secrets: ClientSecrets; readonly files?: TLSFileNames }
  /** An address that has not spoken so long after it was called is passed over. */
  readonly connectTimeoutMs?: number
  /** How often the name is looked up again, give or take a quarter; at once when a connection breaks. */
  readonly refreshMs?: number
  readonly resolve?: (host: string) => Promise<readonly PoolAddress[]>
}

export interface PoolAddress {
  readonly address: string
  readonly port?: number
}

/** Names are not looked up more often than this, whatever breaks. */
const leastRefreshMs = 500
/** A pool that was not used for so long looks nothing up. */
const asleepMs = 60_000

/** Give it to a transport as its `sessionManager`. With TLS, the name is what is verified, not the address. */
export class RoundRobinPool implements SessionManager {
  readonly authority: string
  readonly #url: URL
  readonly #host: string
  readonly #options: PoolOptions
  readonly #members = new Map<string, Member>()
  readonly #connections = new Set<Connection>()
  #order: readonly Member[] = []
  #turn = 0
  #looking: Promise<void> | undefined
  #lookedAt = -Infinity
  #usedAt = performance.now()
  #again: NodeJS.Timeout | undefined
  #moved = Promise.withResolvers<void>()
  #closed = false

  constructor(url: string, options: PoolOptions = {}) {
    this.#url = new URL(url)
    this.#host = bareHost(this.#url.hostname)
    this.authority = this.#url.origin
    this.#options = options
    this.refresh().catch(() => {})
  }

  /** Addresses by their state. */
  get states(): readonly MemberState[] {
    return this.#order.map(({ state }) => state)
  }

  /** Looks the name up again: new addresses join, and those that are gone get no more calls. */
  refresh(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
      this.#schedule(this.#options.refreshMs ?? 5_000)
    }))
  }

  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: Omit<ClientSessionRequestOptions, 'signal'>,
  ): Promise<ClientHttp2Stream> {
    this.#used()
    const fields = { ...headers, ':method': method, ':path': path }
    for (;;) {
      const stream = (await this.#member()).request(fields, options)
      if (stream) return stream
    }
  }

  /** Connections see by themselves whether octets come. */
  notifyResponseByteRead(): void {}

  close(): void {
    this.#closed = true
    clearTimeout(this.#again)
    for (const member of this.#members.values()) member.leave()
    for (const connection of this.#connections) connection.destroy()
  }

  /** The next one that answers; rejects when every address was tried and none does. */
  async #member(): Promise<Member> {
    if (this.#order.length === 0) await this.#resolved()
    const tried = new Set<Member>()
    for (;;) {
      for (const member of this.#order) member.mayWake()
      const found = this.#next(({ ready }) => ready) ?? this.#next(({ connected }) => connected)
      if (found) return found
      const untried = this.#order.filter((member) => !tried.has(member))
      if (untried.length === 0) throw this.#unreachable()
      const wake = async (member: Member) => {
        if (!(await member.wake())) tried.add(member)
      }
      await Promise.race([this.#moved.promise, ...untried.map(wake)])
    }
  }

  #next(isGood: (member: Member) => boolean): Member | undefined {
    for (let tries = this.#order.length; tries > 0; tries--) {
      const member = this.#order[this.#turn++ % this.#order.length]
      if (member && isGood(member)) return member
    }
    return undefined
  }

  #unreachable(): ConnectError {
    void this.#broke()
    const errors = this.#order.flatMap(({ error }) => (error ? [error] : []))
    const [first = new Error('closed')] = errors
    return unseen(new ConnectError(first.message, Code.Unavailable, undefined, undefined, first), 'unreachable')
  }

  async #resolved(): Promise<void> {
    try {
      await this.refresh()
    } catch (error) {
      throw unseen(ConnectError.from(error, Code.Unavailable), 'unreachable')
    }
    if (this.#order.length > 0) return
    throw unseen(new ConnectError(`${this.#host} leads to no address`, Code.Unavailable), 'unreachable')
  }

  async #look(): Promise<void> {
    this.#lookedAt = performance.now()
    const defaultPort = Number(this.#url.port || (this.#url.protocol === 'https:' ? 443 : 80))
    const { resolve = addressesOf } = this.#options
    const found = await resolve(this.#host)
    if (this.#closed) return
    const present = new Map(found.map(({ address, port = defaultPort }) => [`${address} ${port}`, { address, port }]))
    for (const [key, { address, port }] of present) {
      if (!this.#members.has(key)) this.#members.set(key, this.#open(address, port))
    }
    // A name that leads nowhere for a moment is no reason to leave what still answers.
    for (const [key, member] of present.size > 0 ? this.#members : []) {
      if (present.has(key)) continue
      this.#members.delete(key)
      member.leave()
    }
    this.#order = [...this.#members.values()]
    this.#moved.resolve()
    this.#moved = Promise.withResolvers()
  }

  /** Something has changed behind the name: it is looked up at once, or as soon as it may be. */
  #broke(): void {
    if (!this.#looking) this.#schedule(0)
  }

  #used(): void {
    const now = performance.now()
    const wasAsleep = now - this.#usedAt > asleepMs
    this.#usedAt = now
    if (wasAsleep) this.#broke()
  }

  #schedule(ms: number): void {
    clearTimeout(this.#again)
    if (this.#closed || (isIP(this.#host) !== 0 && !this.#options.resolve)) return
    const jittered = ms * (0.75 + Math.random() / 2)
    const afterMs = Math.max(jittered, this.#lookedAt + leastRefreshMs - performance.now())
    this.#again = setTimeout(() => {
      if (this.#wanted()) void this.refresh().catch(() => {})
    }, afterMs).unref()
  }

  #wanted(): boolean {
    return performance.now() - this.#usedAt < asleepMs || [...this.#connections].some(({ streams }) => streams > 0)
  }

  #open(address: string, port: number): Member {
    const { secrets, connectTimeoutMs = 5_000, ...times } = this.#options
    const url = this.#url
    const open = () =>
      url.protocol === 'https:'
        ? connectSecurely({ address, port, url, ...(secrets?.() ?? { secrets: {} }) })
        : connectTCP({ host: address, port, noDelay: true })
    return new Member({
      authority: this.authority,
      open,
      times: { ...defaultTimes, ...times, connectTimeoutMs },
      connections: this.#connections,
      broke: () => this.#broke(),
      wanted: () => this.#wanted(),
    })
  }
}

async function addressesOf(host: string): Promise<readonly PoolAddress[]> {
  return isIP(host) === 0 ? lookup(host, { all: true }) : [{ address: host }]
}
