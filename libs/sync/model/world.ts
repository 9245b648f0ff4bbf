/** One history: a database, two publishers, up to eight edges and what can happen to them. */
import { ProgressTracker, type ProgressReport } from '../progress.ts'
import type { Breakage } from './breakage.ts'
import { Checks } from './checks.ts'
import type { Coverage } from './coverage.ts'
import { Database } from './database.ts'
import { ModelEdge } from './edge.ts'
import { faultsOf, type Action } from './faults.ts'
import { Link, mayDouble } from './link.ts'
import { ModelPublisher } from './publisher.ts'
import { Random } from './random.ts'

const zoneCount = 12
const longestCalm = 20_000
/** Rounds in which nothing moves before a history has come to rest. */
const restRounds = 45

export interface HistoryOptions {
  readonly breakage?: Breakage
  /** Edges choose which publisher sends them each shard. */
  readonly divides?: boolean
}

export class World {
  readonly divides: boolean
  readonly random: Random
  readonly coverage: Coverage
  readonly database: Database
  readonly publishers: readonly ModelPublisher[]
  readonly edges: readonly ModelEdge[]
  readonly checks: Checks
  tracker: ProgressTracker
  readonly #reports = new Map<string, ProgressReport[]>()
  /** Placements that each edge's credential allows. */
  readonly #allowed = new Map<string, readonly string[]>()
  readonly #faults: readonly Action[]
  /** Messages of a stream change places. */
  readonly #isHarsh: boolean
  #links: Link[] = []
  #lastLink = 0
  #isCalm = false

  constructor(seed: number, coverage: Coverage, { breakage = 'none', divides = false }: HistoryOptions = {}) {
    this.coverage = coverage
    this.divides = divides
    this.random = new Random(seed)
    this.database = new Database(coverage)
    const { random, database } = this
    this.tracker = new ProgressTracker({ logId: database.logId, zonesPerEdge: 3 })
    const ports = {
      random,
      database,
      coverage,
      report: (publisher: ModelPublisher, report: ProgressReport) => this.#report(publisher, report),
      placementsOf: (edge: string) => this.#allowed.get(edge) ?? [],
    }
    this.publishers = ['publisher-1', 'publisher-2'].map((name) => new ModelPublisher(name, ports))
    for (const shard of database.shards) random.pick(this.publishers).own(shard, true)
    const names = Array.from({ length: random.pick([1, 1, 2, 2, 2, 3, 8]) }, (_, at) => `edge-${at + 1}`)
    for (const name of names) this.allow(name, random.chance(0.5))
    this.edges = names.map((name) => {
      const source = (zone: string) => {
        const head = random.pick(this.publishers).head(zone)
        return head !== undefined && this.isAllowed(name, head.placement) ? head : undefined
      }
      return new ModelEdge(name, { random, coverage, source, breakage, divides, isServed: (zone) => this.isServed(name, zone) })
    })
    this.#isHarsh = random.chance(0.2)
    this.#faults = faultsOf(this)
    const isAllowed = (edge: string, placement: string) => this.isAllowed(edge, placement)
    this.checks = new Checks({ database, edges: this.edges, tracker: () => this.tracker, isAllowed })
  }

  get links(): readonly Link[] {
    return this.#links
  }

  isAllowed(edge: string, placement: string): boolean {
    return this.#allowed.get(edge)?.includes(placement) ?? false
  }

  /** True where the database has a zone for an edge. */
  isServed(edge: string, zone: string): boolean {
    const head = this.database.heads.get(zone)
    return head !== undefined && this.isAllowed(edge, head.placement)
  }

  /** A credential is for one placement or for both. */
  allow(edge: string, isBoth: boolean): void {
    this.#allowed.set(edge, isBoth ? ['default', 'inner'] : ['default'])
  }

  zone(): string {
    return `z${this.random.below(zoneCount)}.`
  }

  /** Something happens. */
  step(): void {
    const { random } = this
    const actions: readonly Action[] = [
      [8, () => this.database.commit(random.below(zoneCount), random.chance(0.15))],
      [30, () => this.#times(this.#links.length, () => this.#carry())],
      [12, () => random.pick(this.publishers).follow(random.pick(this.database.shards), 1 + random.below(3))],
      [12, () => random.pick(this.publishers).compose(false)],
      [14, () => this.#times(this.edges.length, () => random.pick(this.edges).storeStep(false))],
      [8, () => this.#times(this.edges.length, () => random.pick(this.edges).fetchStep(false))],
      [8, () => this.#times(this.edges.length, () => random.pick(this.edges).answerStep())],
      [12, () => this.#deliverReport()],
      [5, () => this.#connect()],
      [4, () => random.pick(this.publishers).tick()],
      [4, () => random.pick(this.edges).tick()],
      ...this.#faults,
    ]
    let left = random.next() * actions.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, act] of actions) {
      left -= weight
      if (left >= 0) continue
      act()
      break
    }
    this.checks.always()
  }

  /** What was poisoned comes out right from now on, or never will. */
  cureOrNot(): void {
    if (this.random.chance(0.5)) for (const edge of this.edges) edge.cure()
  }

  /** Faults end, and everything is carried out until nothing moves. */
  settle(): void {
    this.#isCalm = true
    for (const shard of this.database.shards) {
      const owner = this.random.pick(this.publishers)
      for (const publisher of this.publishers) publisher.own(shard, this.divides || publisher === owner)
    }
    for (const publisher of this.publishers) publisher.behind = 0
    // One that is not up to date, or not heard, is asked only where there is no other.
    if (this.divides) for (const publisher of this.publishers) publisher.believe(this.random.chance(0.7))
    // Streams that were opened before a placement was allowed go on without it until they are opened again.
    for (const link of this.#links) link.cutNow(this.random)
    let quiet = 0
    for (let count = 0; quiet < restRounds; count++) {
      if (count > longestCalm) throw new Error('it does not come to rest')
      quiet = this.#round() ? 0 : quiet + 1
      this.checks.always()
    }
  }

  /** True when anything was left to do but to compare. */
  #round(): boolean {
    for (const publisher of this.publishers) {
      for (const shard of this.database.shards) publisher.follow(shard, 5)
      publisher.compose(true)
      publisher.tick()
    }
    for (const edge of this.edges) {
      edge.storeStep(true)
      edge.fetchStep(true)
      edge.answerStep()
      edge.tick()
    }
    const isBusy = this.#links.some(
      (link) => link.up.length > 0 || link.down.some(({ kind }) => kind !== 'checkpoint') || link.cut,
    )
    this.#connect()
    for (const link of this.#links.slice()) this.#carryLink(link)
    this.#deliverReport()
    const reports = [...this.#reports.values()].some((queue) => queue.length > 0)
    return isBusy || reports || this.publishers.some((one) => !one.isIdle) || this.edges.some((one) => !one.isIdle)
  }

  /** More parties do more at a time. */
  #times(parties: number, act: () => void): void {
    for (let count = Math.ceil(parties / 3); count > 0; count--) act()
  }

  #connect(): void {
    for (const edge of this.edges) {
      for (const publisher of this.publishers) {
        if (edge.links.some((link) => link.publisher === publisher.name) || (!this.#isCalm && this.random.chance(0.5))) continue
        const link = new Link(++this.#lastLink, edge.name, publisher.name, this.coverage)
        this.#links.push(link)
        edge.open(link)
      }
    }
  }

  #carry(): void {
    if (this.#links.length > 0) this.#carryLink(this.random.pick(this.#links))
  }

  /** Some messages of one stream arrive, on both sides, and its end where it was cut. */
  #carryLink(link: Link): void {
    for (let count = 1 + this.random.below(4); count > 0; count--) {
      if (this.random.chance(0.5)) this.#carryUp(link)
      else this.#carryDown(link)
    }
    if (link.edgeEnded && link.publisherEnded) this.#links = this.#links.filter((other) => other !== link)
  }

  #carryUp(link: Link): void {
    const publisher = this.publishers.find(({ name }) => name === link.publisher) as ModelPublisher
    if (link.publisherEnded) return
    const message = link.take(link.up, this.random, this.#isHarsh && !this.#isCalm)
    if (message === undefined) {
      if (!link.cut) return
      link.publisherEnded = true
      publisher.ended(link)
    } else for (let times = this.#copies(message); times > 0; times--) publisher.received(link, message)
  }

  #carryDown(link: Link): void {
    const edge = this.edges.find(({ name }) => name === link.edge) as ModelEdge
    if (link.edgeEnded) return
    const message = link.take(link.down, this.random, this.#isHarsh && !this.#isCalm)
    if (message === undefined) {
      if (!link.cut) return
      link.edgeEnded = true
      edge.ended(link)
    } else for (let times = this.#copies(message); times > 0; times--) edge.received(link, message)
  }

  #copies(message: Parameters<typeof mayDouble>[0]): number {
    if (this.#isCalm || !mayDouble(message) || !this.random.chance(0.05)) return 1
    this.coverage.count('message doubled')
    return 2
  }

  #report(publisher: ModelPublisher, report: ProgressReport): void {
    const queue = this.#reports.get(publisher.name)
    if (queue === undefined) this.#reports.set(publisher.name, [report])
    else queue.push(report)
  }

  #deliverReport(): void {
    for (const [name, queue] of this.#reports) {
      const report = queue.shift()
      if (report !== undefined) this.tracker.report(name, report)
    }
  }

  /** The stream of a report is cut: the next one begins with the full state. */
  loseReports(publisher: ModelPublisher): void {
    this.coverage.count('report lost')
    this.#reports.delete(publisher.name)
    this.tracker.drop(publisher.name)
    publisher.reportFull()
  }

  /** The zone API comes back and knows nothing of edges. */
  restartZoneApi(): void {
    this.coverage.count('zone API restarted')
    this.tracker = new ProgressTracker({ logId: this.database.logId, zonesPerEdge: 3 })
    for (const publisher of this.publishers) this.loseReports(publisher)
  }
}
