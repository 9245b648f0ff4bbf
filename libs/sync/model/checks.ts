/** What must hold at every moment of a history, and what must hold when it has come to rest. */
import { equalStates, type Head, type ZoneState } from '@zonecast/zone'
import { DigestSum } from '../digest-sum.ts'
import type { ProgressTracker } from '../progress.ts'
import { contentOf, covers, headTerm, type Change, type Database } from './database.ts'
import { isForward, type ModelEdge } from './edge.ts'

/** What an edge was seen to have. */
interface Seen {
  readonly zones: Map<string, ZoneState>
  /** Content of each serial of each generation. */
  readonly serials: Map<string, string>
  /** Changes that the edge had not when it was looked at last; each is watched until it is there. */
  readonly missing: Set<Change>
  readonly unanswered: Set<Change>
  changes: number
  log: Database['changes'] | undefined
}

export interface CheckPorts {
  readonly database: Database
  readonly edges: readonly ModelEdge[]
  readonly tracker: () => ProgressTracker
  readonly isAllowed: (edge: string, placement: string) => boolean
}

export class Checks {
  readonly #ports: CheckPorts
  readonly #seen = new Map<string, Seen>()
  /** Zones that a fault has taken from an edge or altered there, until it has them again: nobody can have known. */
  readonly #harmed = new Map<string, Set<string>>()
  /** The same until the edge answers again what it answered then: what was reported before cannot be taken back. */
  readonly #unheard = new Map<string, Map<string, ZoneState>>()

  constructor(ports: CheckPorts) {
    this.#ports = ports
  }

  /** A fault has taken zones from an edge. */
  harmed(edge: ModelEdge, zones: readonly string[]): void {
    const seen = this.#seenOf(edge)
    const unheard = this.#unheard.get(edge.name) ?? new Map<string, ZoneState>()
    this.#unheard.set(edge.name, unheard)
    this.#harmed.set(edge.name, new Set([...(this.#harmed.get(edge.name) ?? []), ...zones]))
    for (const zone of zones) {
      seen.zones.delete(zone)
      const had = edge.store.zones.get(zone)?.state
      const before = unheard.get(zone)
      if (had !== undefined && isForward(before, had)) unheard.set(zone, had)
    }
    seen.log = undefined // every change is watched again
  }

  isHarmed(edge: ModelEdge, zone: string): boolean {
    return this.#harmed.get(edge.name)?.has(zone) ?? false
  }

  /** At every moment. */
  always(): void {
    for (const edge of this.#ports.edges) {
      for (const [zone, stored] of edge.store.zones) this.#checkZone(edge, zone, stored)
      this.#checkWatch(edge)
    }
  }

  #checkZone(edge: ModelEdge, zone: string, { state, content }: { state: ZoneState; content: string }): void {
    const { zones, serials } = this.#seenOf(edge)
    const before = zones.get(zone)
    if (before === state && content === contentIf(state)) return
    const name = `${edge.name} ${zone} (${state.generation}, ${state.version})`
    const isKnown = this.#ports.database.knows(zone, state)
    if (isKnown && content === contentIf(state)) this.#harmed.get(edge.name)?.delete(zone)
    if (this.isHarmed(edge, zone)) return
    if (!isForward(before, state)) throw new Error(`${name} went back`)
    if (!isKnown) throw new Error(`${name} is a phantom: it was never committed`)
    if (content !== contentIf(state)) throw new Error(`${name} is ${content.slice(0, 20)}`)
    if (before !== undefined && before.generation === state.generation && state.serial < before.serial) {
      throw new Error(`${name} has a serial that went back`)
    }
    const key = `${zone} ${state.generation} ${state.serial}`
    const known = serials.get(key)
    if (known !== undefined && known !== content) throw new Error(`${name} has a serial that had other content`)
    serials.set(key, content)
    zones.set(zone, state)
  }

  /** What is reported is there: of a change that an edge has not, nobody says that it has. */
  #checkWatch(edge: ModelEdge): void {
    const { database, tracker } = this.#ports
    const seen = this.#seenOf(edge)
    this.#takeChanges(seen)
    for (const change of seen.missing) if (covers(edge.store.zones.get(change.zone)?.state, change)) seen.missing.delete(change)
    for (const change of seen.unanswered) if (covers(edge.answers.get(change.zone), change)) seen.unanswered.delete(change)
    for (const change of seen.unanswered) {
      const head = database.heads.get(change.zone)
      if (head === undefined || this.#isUnheard(edge, change.zone)) continue
      const { stage } = tracker().at({ edgeId: edge.name, ...change, head })
      if (stage !== 'applied' && stage !== 'answered') continue
      const name = `${edge.name} ${change.zone} (${change.generation}, ${change.version})`
      if (seen.missing.has(change)) throw new Error(`${name} is reported ${stage}, and is not there`)
      if (stage === 'answered') throw new Error(`${name} is reported answered too early`)
    }
  }

  #isUnheard(edge: ModelEdge, zone: string): boolean {
    const zones = this.#unheard.get(edge.name)
    if (zones === undefined || !zones.has(zone)) return false
    const before = zones.get(zone) as ZoneState
    if (covers(edge.answers.get(zone), { zone, ...before }) && !this.isHarmed(edge, zone)) zones.delete(zone)
    return true
  }

  /** New changes are watched; a restore takes some away. */
  #takeChanges(seen: Seen): void {
    const { changes } = this.#ports.database
    if (seen.log !== changes) {
      seen.log = changes
      seen.changes = 0
      seen.missing.clear()
      seen.unanswered.clear()
    }
    for (; seen.changes < changes.length; seen.changes++) {
      seen.missing.add(changes[seen.changes] as Change)
      seen.unanswered.add(changes[seen.changes] as Change)
    }
  }

  #seenOf(edge: ModelEdge): Seen {
    let seen = this.#seen.get(edge.name)
    if (seen === undefined) {
      seen = { zones: new Map(), serials: new Map(), missing: new Set(), unanswered: new Set(), changes: 0, log: undefined }
      this.#seen.set(edge.name, seen)
    }
    return seen
  }

  /**
   * At rest: every edge has, serves and is known to serve the newest state of everything that it is allowed. A zone that cannot be had
   * holds the positions of its shard back, and nothing else.
   */
  converged(): void {
    const { database, edges, isAllowed } = this.#ports
    for (const edge of edges) {
      const served = [...database.heads.values()].filter((head) => isAllowed(edge.name, head.placement))
      for (const head of served) this.#checkServed(edge, head)
      for (const shard of database.shards) this.#checkLevel(edge, shard, served)
      for (const shard of edge.receiver.unmended()) throw new Error(`${edge.name} sees a difference in shard ${shard} that stays`)
      for (const zone of edge.troubled()) throw new Error(`${edge.name} has ${zone} in trouble`)
    }
  }

  #checkServed(edge: ModelEdge, head: Head): void {
    const { zone, state, shard, position } = head
    if (edge.poisoned.has(zone)) return
    const isHeldBack = this.isHeldBack(edge, shard)
    const stored = edge.store.zones.get(zone)
    const answer = edge.answers.get(zone)
    const { stage } = this.#ports.tracker().at({ edgeId: edge.name, zone, ...state, head })
    const claims: readonly [boolean, string][] = [
      [stored !== undefined && equalStates(stored.state, state), 'has not the newest state'],
      [stored?.content === contentIf(state), 'has not the content'],
      [answer !== undefined && equalStates(answer, state), 'does not answer the newest state'],
      [isHeldBack || edge.receiver.position(shard).applied >= position, 'stands before the position'],
      [isHeldBack || stage === 'answered', `is reported as ${stage}, not as answering the newest state`],
    ]
    for (const [holds, what] of claims) if (!holds) throw new Error(`${edge.name} ${what} of ${zone}`)
  }

  /** True where a zone of the shard cannot be had. */
  isHeldBack(edge: ModelEdge, shard: number): boolean {
    const { database, isAllowed } = this.#ports
    const isBehind = (head: Head | undefined) =>
      head?.shard === shard &&
      isAllowed(edge.name, head.placement) &&
      !equalStates(edge.store.zones.get(head.zone)?.state ?? { ...head.state, version: 0n }, head.state)
    return [...edge.poisoned].some((zone) => isBehind(database.heads.get(zone)))
  }

  #checkLevel(edge: ModelEdge, shard: number, served: readonly Head[]): void {
    const sum = new DigestSum()
    const live = served.filter((head) => head.shard === shard && !head.state.deleted && !edge.poisoned.has(head.zone))
    for (const { zone, state } of live) sum.add(headTerm(zone, state))
    const level = edge.store.stampedLevel(shard, edge.poisoned)
    const position = this.#ports.database.position(shard)
    const { applied, answered } = edge.receiver.position(shard)
    const name = `${edge.name} in shard ${shard}`
    if (level.zones !== live.length) throw new Error(`${name} counts ${level.zones} zones of ${live.length}`)
    if (contentOf(level.setDigest) !== contentOf(sum.bytes())) throw new Error(`${name} has another set digest`)
    if (this.isHeldBack(edge, shard)) return
    if (applied !== position || answered !== position) throw new Error(`${name} stands at ${applied}, ${answered} of ${position}`)
  }
}

/** The content that belongs to a state. */
function contentIf({ deleted, digest }: ZoneState): string {
  return deleted ? '' : contentOf(digest)
}
