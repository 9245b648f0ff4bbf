/** Progress goes to every zone API there is, also to those that share a name, and orders come from each: it answers for what it was told. */
import type { Clock, Logger } from '@zonecast/runtime'
import type { EdgeProgress, ResetDone } from '@zonecast/sync'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { every } from '../every.ts'
import type { ZoneApiAddress } from '../ingest/zone-api.ts'
import type { Orders } from '../orders/orders.ts'
import type { Report } from './report.ts'
import type { StepEntry } from './step-log.ts'

type Reported = Pick<ZoneApiAddress, 'url' | 'changes' | 'registry' | 'close'>

export interface ReportsPorts {
  readonly urls: readonly string[]
  /** Opens one of the addresses that the name in a URL leads to. */
  readonly open: (url: string, address: string) => Reported
  readonly report: (to: Reported) => Pick<Report, 'start' | 'moved' | 'step' | 'logMoved' | 'close'>
  readonly orders: (from: Reported) => Pick<Orders, 'start' | 'answered' | 'close'>
  /** Addresses that a name leads to. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly clock: Clock
  readonly log: Logger
}

interface Member {
  readonly to: Reported
  readonly report: ReturnType<ReportsPorts['report']>
  readonly orders: ReturnType<ReportsPorts['orders']>
}

/** How often names are looked up. */
const lookMs = 2_000

export class Reports {
  readonly #ports: ReportsPorts
  readonly #members = new Map<string, Member>()
  #looking: Promise<void> | undefined
  #again: { cancel(): void } | undefined
  #closed = false

  constructor(ports: ReportsPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#again = every(this.#ports, lookMs, () => this.look(), 'zone APIs could not be looked for')
    void this.look()
  }

  /** Looks names up anew: who joins is told everything, and who is gone nothing more. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    }))
  }

  moved(edgeId: string, progress?: EdgeProgress): void {
    for (const { report } of this.#members.values()) report.moved(edgeId, progress)
  }

  step(entry: StepEntry): void {
    for (const { report } of this.#members.values()) report.step(entry)
  }

  logMoved(): void {
    for (const { report } of this.#members.values()) report.logMoved()
  }

  /** An edge has carried out an order: whoever gave it is told. */
  answered(done: ResetDone): void {
    for (const { orders } of this.#members.values()) if (orders.answered(done)) return
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#again?.cancel()
    await this.#looking
    await Promise.all([...this.#members.keys()].map((key) => this.#leave(key)))
  }

  async #look(): Promise<void> {
    const { urls } = this.#ports
    await Promise.all([...new Set(urls)].map((url) => this.#lookUp(url)))
  }

  /** A name that cannot be looked up changes nothing. */
  async #lookUp(url: string): Promise<void> {
    const { log, resolve = addressesOf } = this.#ports
    const host = new URL(url).hostname.replaceAll(/^\[|\]$/g, '')
    const found = await resolve(host).catch((error: unknown) => {
      log.debug({ err: error, url }, 'a zone API cannot be looked up at the moment')
      return undefined
    })
    if (found === undefined || this.#closed) return
    const present = new Set(found.map((address) => `${url} ${address}`))
    for (const address of found) this.#join(url, address)
    const gone = [...this.#members.keys()].filter((key) => key.startsWith(`${url} `) && !present.has(key))
    await Promise.all(gone.map((key) => this.#leave(key)))
  }

  #join(url: string, address: string): void {
    const key = `${url} ${address}`
    if (this.#members.has(key)) return
    const to = this.#ports.open(url, address)
    const report = this.#ports.report(to)
    const orders = this.#ports.orders(to)
    this.#members.set(key, { to, report, orders })
    report.start()
    orders.start()
  }

  async #leave(key: string): Promise<void> {
    const member = this.#members.get(key)
    this.#members.delete(key)
    await Promise.all([member?.report.close(), member?.orders.close()])
    member?.to.close()
  }
}

/** Of one family: a host that has both kinds of address is one host. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const found = await lookup(host, { all: true })
  return found.filter(({ family }) => family === found[0]?.family).map(({ address }) => address)
}
