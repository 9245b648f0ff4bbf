/** One history: a database, two publishers, two edges and what can happen to them. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import { ProgressTracker, type ProgressReport } from '../progress.ts'
import { covers, Database } from './database.ts'
import { ModelEdge } from './edge.ts'
import { Link, mayDouble } from './link.ts'
import { ModelPublisher } from './publisher.ts'
import { Random } from './random.ts'

const zoneCount = 12
const longestCalm = 20_000

export class World {
  readonly random: Random
  readonly database = new Database()
  readonly publishers: readonly ModelPublisher[]
  readonly edges: readonly ModelEdge[]
  readonly tracker: ProgressTracker
  readonly #reports = new Map<string, ProgressReport[]>()
  /** Placements that each edge's credential allows. */
  readonly #allowed = new Map<string, readonly string[]>([
    ['edge-1', ['default', 'inner']],
    ['edge-2', ['default']],
  ])
  readonly #seen = new Map<string, ZoneState>()
  #links: Link[] = []
  #lastLink = 0
  #isCalm = false

  constructor(seed: number) {
    this.random = new Random(seed)
    const { random, database } = this
    this.tracker = new ProgressTracker({ logId: database.logId, zonesPerEdge: 3 })
    const ports = {
      random,
      database,
      report: (publisher: ModelPublisher, report: ProgressReport) => this.#report(publisher, report),
      placementsOf: (edge: string) => this.#allowed.get(edge) ?? [],
    }
    this.publishers = ['publisher-1', 'publisher-2'].map((name) => new ModelPublisher(name, ports))
    for (const shard of database.shards) random.pick(this.publishers).own(shard, true)
    const fetch = (zone: string, target: ZoneState): ZoneState | undefined => this.#fetch(zone, target)
    this.edges = ['edge-1', 'edge-2'].map((name) => new ModelEdge(name, { random, fetch }))
  }

  /** Something happens. */
  step(): void {
    const actions: readonly [number, () => void][] = [
      [10, () => this.database.commit(this.random.below(zoneCount), this.random.chance(0.15))],
      [30, () => this.#carry()],
      [12, () => this.random.pick(this.publishers).follow(this.random.pick(this.database.shards), 1 + this.random.below(3))],
      [12, () => this.random.pick(this.publishers).compose(this.#isCalm)],
      [14, () => this.random.pick(this.edges).storeStep(this.#isCalm)],
      [5, () => this.random.pick(this.edges).fetchStep(this.#isCalm)],
      [8, () => this.random.pick(this.edges).answerStep()],
      [12, () => this.#deliverReport()],
      [5, () => this.#connect()],
      [3, () => this.random.pick(this.publishers).tick()],
      ...this.#faults(),
    ]
    this.#choose(actions)
    this.#check()
  }

  #faults(): [number, () => void][] {
    return [
      [1.5, () => this.#links.length > 0 && this.random.pick(this.#links).cutNow(this.random)],
      [0.7, () => this.random.pick(this.publishers).restart()],
      [0.7, () => this.random.pick(this.edges).restart()],
      [0.4, () => this.random.pick(this.edges).storeStep(false, true)],
      [1, () => this.#own()],
      [0.4, () => this.#loseReports()],
      [0.5, () => this.database.takeBackup()],
      [0.3, () => this.#restore()],
      [0.2, () => this.#allowed.set('edge-2', this.random.chance(0.5) ? ['default'] : ['default', 'inner'])],
    ]
  }

  /** Faults end, and everything is carried out until nothing moves. */
  settle(): void {
    this.#isCalm = true
    for (const shard of this.database.shards) {
      const owner = this.random.pick(this.publishers)
      for (const publisher of this.publishers) publisher.own(shard, publisher === owner)
    }
    // Streams that were opened before a placement was allowed go on without it until they are opened again.
    for (const link of this.#links) link.cutNow(this.random)
    let quiet = 0
    for (let count = 0; quiet < 40; count++) {
      if (count > longestCalm) throw new Error('it does not come to rest')
      quiet = this.#round() ? 0 : quiet + 1
      this.#check()
    }
  }

  /** True when anything was left to do. */
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
    }
    const isBusy = this.#links.some((link) => link.up.length + link.down.length > 0 || link.cut)
    this.#connect()
    for (const link of this.#links.slice()) this.#carryLink(link)
    this.#deliverReport()
    const reports = [...this.#reports.values()].some((queue) => queue.length > 0)
    return isBusy || reports || this.publishers.some((one) => !one.isIdle) || this.edges.some((one) => !one.isIdle)
  }

  isAllowed(edge: string, placement: string): boolean {
    return this.#allowed.get(edge)?.includes(placement) ?? false
  }

  #choose(actions: readonly [number, () => void][]): void {
    let left = this.random.next() * actions.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, act] of actions) {
      left -= weight
      if (left < 0) return act()
    }
  }

  #connect(): void {
    for (const edge of this.edges) {
      for (const publisher of this.publishers) {
        if (edge.links.some((link) => link.publisher === publisher.name) || (!this.#isCalm && this.random.chance(0.5))) continue
        const link = new Link(++this.#lastLink, edge.name, publisher.name)
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
    const message = link.up.shift()
    if (message !== undefined) {
      publisher.received(link, message)
      if (mayDouble(message) && this.random.chance(0.05)) publisher.received(link, message)
    } else if (link.cut) {
      link.publisherEnded = true
      publisher.ended(link)
    }
  }

  #carryDown(link: Link): void {
    const edge = this.edges.find(({ name }) => name === link.edge) as ModelEdge
    if (link.edgeEnded) return
    const message = link.down.shift()
    if (message !== undefined) {
      edge.received(link, message)
      if (mayDouble(message) && this.random.chance(0.05)) edge.received(link, message)
    } else if (link.cut) {
      link.edgeEnded = true
      edge.ended(link)
    }
  }

  /** A shard changes hands; the two publishers learn of it in their own time. */
  #own(): void {
    this.random.pick(this.publishers).own(this.random.pick(this.database.shards), this.random.chance(0.6))
  }

  #restore(): void {
    this.database.restore()
    this.tracker.setLog(this.database.logId)
  }

  #fetch(zone: string, target: ZoneState): ZoneState | undefined {
    const head = this.random.pick(this.publishers).head(zone)
    return head === undefined || head.state.deleted || compareStates(head.state, target) < 0 ? undefined : head.state
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
  #loseReports(): void {
    const publisher = this.random.pick(this.publishers)
    this.#reports.delete(publisher.name)
    this.tracker.drop(publisher.name)
    publisher.reportFull()
  }

  /** What must hold at every moment. */
  #check(): void {
    for (const edge of this.edges) {
      for (const [zone, { state }] of edge.zones) this.#checkForward(edge, zone, state)
      for (const change of this.database.changes) {
        const head = this.database.heads.get(change.zone)
        if (head === undefined) continue
        const { stage } = this.tracker.at({ edgeId: edge.name, ...change, head })
        const name = `${edge.name} ${change.zone} (${change.generation}, ${change.version})`
        if ((stage === 'applied' || stage === 'answered') && !covers(edge.zones.get(change.zone)?.state, change)) {
          throw new Error(`${name} is reported ${stage}, and is not there`)
        }
        if (stage === 'answered' && !covers(edge.answers.get(change.zone), change))
          throw new Error(`${name} is reported answered too early`)
      }
    }
  }

  #checkForward(edge: ModelEdge, zone: string, state: ZoneState): void {
    const key = `${edge.name} ${zone}`
    const before = this.#seen.get(key)
    if (before !== undefined && compareStates(state, before) < 0) throw new Error(`${key} went back`)
    this.#seen.set(key, state)
  }
}
