/** The publishers that an edge follows: every address of every name that it was told. */
import type { Client } from '@connectrpc/connect'
import type { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import type { Clock, Logger, Scheduled } from '@zonecast/runtime'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { FollowedPublisher, Follower } from './follower.ts'

/** One of them. */
export interface Followed {
  readonly follower: Follower
  readonly access: Client<typeof AccessService>
  /** Ends the connections; the follower is closed before. */
  close(): void
}

export interface PublishersPorts {
  readonly urls: readonly string[]
  /** Follows one address of a URL's name, or whatever the URL leads to. */
  readonly open: (url: string, address?: string) => Followed
  /** Addresses that a name leads to. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly clock: Clock
  readonly log: Logger
}

/** How often names are looked up. */
const lookMs = 2_000

export class Publishers {
  readonly #ports: PublishersPorts
  readonly #followed = new Map<string, Followed>()
  /** Why a name has led nowhere yet. */
  readonly #unknown = new Map<string, string>()
  #again: Scheduled | undefined
  #looking: Promise<void> | undefined
  #closed = false

  constructor(ports: PublishersPorts) {
    this.#ports = ports
  }

  get followers(): readonly Follower[] {
    return [...this.#followed.values()].map(({ follower }) => follower)
  }

  get access(): readonly Client<typeof AccessService>[] {
    return [...this.#followed.values()].map(({ access }) => access)
  }

  /** Those that are followed, and names that lead to none. */
  get states(): readonly Readonly<FollowedPublisher>[] {
    const none = { publisherId: '', connected: false, stream: 0, lastHeardAt: undefined }
    const unknown = [...this.#unknown].map(([url, lastError]) => ({ url, lastError, ...none }))
    return [...this.followers.map(({ publisher }) => publisher), ...unknown]
  }

  start(): void {
    const { urls, open } = this.#ports
    const names = new Set<string>()
    for (const url of new Set(urls)) {
      if (isName(url)) names.add(url)
      else this.#followed.set(url, open(url))
    }
    if (names.size > 0) this.#look(names)
  }

  async closeFollowers(): Promise<void> {
    this.#closed = true
    this.#again?.cancel()
    await this.#looking
    await Promise.all(this.followers.map((follower) => follower.close()))
  }

  closeConnections(): void {
    for (const { close } of this.#followed.values()) close()
  }

  #look(urls: ReadonlySet<string>): void {
    this.#looking = this.#lookAll(urls)
  }

  async #lookAll(urls: ReadonlySet<string>): Promise<void> {
    await Promise.all([...urls].map((url) => this.#lookUp(url)))
    if (!this.#closed) this.#again = this.#ports.clock.schedule(lookMs, () => this.#look(urls))
  }

  /** A name that cannot be looked up changes nothing. */
  async #lookUp(url: string): Promise<void> {
    const { log, open, resolve = addressesOf } = this.#ports
    try {
      const found = await resolve(hostOf(url))
      if (this.#closed) return
      this.#unknown.delete(url)
      const present = new Set(found.map((address) => `${url} ${address}`))
      for (const address of found) {
        const key = `${url} ${address}`
        if (!this.#followed.has(key)) this.#followed.set(key, open(url, address))
      }
      await Promise.all([...this.#followed.keys()].map((key) => this.#leave(key, url, present)))
    } catch (error) {
      log.debug({ err: error, url }, 'a publisher cannot be looked up at the moment')
      const isFollowed = [...this.#followed.keys()].some((key) => key.startsWith(`${url} `))
      if (!isFollowed) this.#unknown.set(url, error instanceof Error ? error.message : String(error))
    }
  }

  /** One that has left the name is followed for as long as it sends: it is leaving by itself, or is not as ready as it might be. */
  async #leave(key: string, url: string, present: ReadonlySet<string>): Promise<void> {
    const followed = this.#followed.get(key)
    if (!followed || !key.startsWith(`${url} `) || present.has(key) || followed.follower.publisher.connected) return
    this.#followed.delete(key)
    await followed.follower.close()
    followed.close()
  }
}

/** `localhost` has an address of each family, and is one host. */
function isName(url: string): boolean {
  const host = hostOf(url)
  return isIP(host) === 0 && host !== 'localhost'
}

function hostOf(url: string): string {
  return new URL(url).hostname.replaceAll(/^\[|\]$/g, '')
}

/** Of one family: a host that has both kinds of address is one host. */
async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true })
  return found.filter(({ family }) => family === found[0]?.family).map(({ address }) => address)
}
