/** Something for every address of every name: opened when the address joins the name, closed when it has left. */
import type { Clock, Logger, Scheduled } from '@zonecast/runtime'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { bareHost } from './bare-host.ts'

export interface EachAddressPorts<T> {
  readonly urls: readonly string[]
  /** For one address of a URL's name; without one, for whatever the URL leads to. */
  readonly open: (url: string, address?: string) => T
  readonly close: (one: T) => Promise<void>
  /** False for one that is kept although its address has left; it is asked again with each look. */
  readonly mayClose?: (one: T) => boolean
  /** Addresses that a name leads to. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly clock: Clock
  readonly log: Logger
}

/** How often names are looked up. */
const lookMs = 2_000

export class EachAddress<T> {
  readonly #ports: EachAddressPorts<T>
  /** By URL and address. */
  readonly #open = new Map<string, T>()
  readonly #unknown = new Map<string, string>()
  #again: Scheduled | undefined
  #looking: Promise<void> | undefined
  #stopped = false

  constructor(ports: EachAddressPorts<T>) {
    this.#ports = ports
  }

  get current(): readonly T[] {
    return [...this.#open.values()]
  }

  /** URLs whose name has led nowhere yet, and why. */
  get unknown(): ReadonlyMap<string, string> {
    return this.#unknown
  }

  start(): void {
    const { urls, open } = this.#ports
    const names = new Set<string>()
    for (const url of new Set(urls)) {
      if (isName(hostOf(url))) names.add(url)
      else this.#open.set(url, open(url))
    }
    if (names.size > 0) this.#look(names)
  }

  /** From then on nothing joins and nothing leaves; what is open is the caller's to close. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#again?.cancel()
    await this.#looking
  }

  #look(urls: ReadonlySet<string>): void {
    this.#looking = this.#lookAll(urls)
  }

  async #lookAll(urls: ReadonlySet<string>): Promise<void> {
    await Promise.all([...urls].map((url) => this.#lookUp(url)))
    if (!this.#stopped) this.#again = this.#ports.clock.schedule(lookMs, () => this.#look(urls))
  }

  /** A name that cannot be looked up changes nothing. */
  async #lookUp(url: string): Promise<void> {
    const { log, open, resolve = addressesOf } = this.#ports
    try {
      const found = await resolve(hostOf(url))
      if (this.#stopped) return
      this.#unknown.delete(url)
      const present = new Set(found.map((address) => `${url} ${address}`))
      for (const address of found) {
        const key = `${url} ${address}`
        if (!this.#open.has(key)) this.#open.set(key, open(url, address))
      }
      await Promise.all(this.#of(url).map((key) => (present.has(key) ? undefined : this.#leave(key))))
    } catch (error) {
      log.debug({ err: error, url }, 'a name cannot be looked up at the moment')
      if (this.#of(url).length === 0) this.#unknown.set(url, error instanceof Error ? error.message : String(error))
    }
  }

  #of(url: string): string[] {
    return [...this.#open.keys()].filter((key) => key.startsWith(`${url} `))
  }

  async #leave(key: string): Promise<void> {
    const { close, mayClose } = this.#ports
    const one = this.#open.get(key) as T
    if (mayClose?.(one) === false) return
    this.#open.delete(key)
    await close(one)
  }
}

/** `localhost` has an address of each family, and is one host. */
function isName(host: string): boolean {
  return isIP(host) === 0 && host !== 'localhost'
}

function hostOf(url: string): string {
  return bareHost(new URL(url).hostname)
}

/** Of one family: a host that has both kinds of address is one host. */
async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true })
  return found.filter(({ family }) => family === found[0]?.family).map(({ address }) => address)
}
