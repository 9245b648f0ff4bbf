/** Calls spread over the addresses of one name: round robin, a connection to each. */
import { type createGrpcTransport, Http2SessionManager, type Http2SessionOptions } from '@connectrpc/connect-node'
import { lookup } from 'node:dns/promises'
import type { ClientHttp2Stream, ClientSessionRequestOptions, OutgoingHttpHeaders, SecureClientSessionOptions } from 'node:http2'
import { connect as connectTCP, isIP } from 'node:net'
import { type ClientSecrets, connectSecurely } from './tls-connect.ts'
import type { TLSFileNames } from './tls-files.ts'

type SessionManager = NonNullable<Parameters<typeof createGrpcTransport>[0]['sessionManager']>

export interface PoolOptions extends Http2SessionOptions {
  /** Asked for each new connection over TLS. */
  readonly secrets?: () => { readonly secrets: ClientSecrets; readonly files?: TLSFileNames }
  /** How often the name is looked up again. */
  readonly refreshMs?: number
  readonly resolve?: (host: string) => Promise<readonly PoolAddress[]>
}

export interface PoolAddress {
  readonly address: string
  readonly port?: number
}

const settings: SecureClientSessionOptions = { settings: { initialWindowSize: 1024 * 1024, enablePush: false } }

/** Give it to a transport as its `sessionManager`. With TLS, the name is what is verified, not the address. */
export class RoundRobinPool implements SessionManager {
  readonly authority: string
  readonly #url: URL
  readonly #options: PoolOptions
  readonly #members = new Map<string, Http2SessionManager>()
  readonly #owners = new WeakMap<ClientHttp2Stream, Http2SessionManager>()
  readonly #timer: NodeJS.Timeout
  #order: Http2SessionManager[] = []
  #turn = 0
  #ready: Promise<void>

  constructor(url: string, options: PoolOptions = {}) {
    this.#url = new URL(url)
    this.authority = this.#url.origin
    this.#options = options
    this.#ready = this.refresh()
    this.#ready.catch(() => {})
    this.#timer = setInterval(() => void this.refresh().catch(() => {}), options.refreshMs ?? 30_000).unref()
  }

  /** Looks the name up again: new addresses join, and those that are gone get no more calls. */
  async refresh(): Promise<void> {
    const host = this.#url.hostname.replaceAll(/^\[|\]$/g, '')
    const defaultPort = Number(this.#url.port || (this.#url.protocol === 'https:' ? 443 : 80))
    const found = this.#options.resolve ? await this.#options.resolve(host) : await addressesOf(host)
    const present = new Map<string, Http2SessionManager>()
    for (const { address, port = defaultPort } of found) {
      const key = `${address} ${port}`
      present.set(key, this.#members.get(key) ?? this.#open(address, port))
    }
    this.#members.clear()
    // A member that left keeps its open streams; without new ones its idle timeout closes it.
    for (const [key, member] of present) this.#members.set(key, member)
    this.#order = [...present.values()]
  }

  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: Omit<ClientSessionRequestOptions, 'signal'>,
  ): Promise<ClientHttp2Stream> {
    if (this.#order.length === 0) await this.#resolved()
    let last: unknown = new Error(`no address for ${this.#url.host}`)
    // A member that cannot be reached is passed over; nothing was sent yet, so this is always safe.
    for (let tries = this.#order.length; tries > 0; tries--) {
      const member = this.#order[this.#turn++ % this.#order.length]
      if (!member) break
      try {
        const stream = await member.request(method, path, headers, options)
        this.#owners.set(stream, member)
        return stream
      } catch (error) {
        last = error
      }
    }
    void this.refresh().catch(() => {})
    throw last
  }

  notifyResponseByteRead(stream: ClientHttp2Stream): void {
    this.#owners.get(stream)?.notifyResponseByteRead(stream)
  }

  close(): void {
    clearInterval(this.#timer)
    for (const member of this.#members.values()) member.abort()
  }

  async #resolved(): Promise<void> {
    await this.#ready.catch(() => {
      this.#ready = this.refresh()
      return this.#ready
    })
  }

  #open(host: string, port: number): Http2SessionManager {
    const { secrets, refreshMs: _refreshMs, resolve: _resolve, ...pings } = this.#options
    const url = this.#url
    const createConnection = () =>
      url.protocol === 'https:'
        ? connectSecurely({ address: host, port, url, ...(secrets?.() ?? { secrets: {} }) })
        : connectTCP({ host, port, noDelay: true })
    return new Http2SessionManager(url.origin, pings, { ...settings, createConnection })
  }
}

async function addressesOf(host: string): Promise<readonly PoolAddress[]> {
  return isIP(host) === 0 ? lookup(host, { all: true }) : [{ address: host }]
}
