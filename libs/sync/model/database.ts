/** The zone API's database as the model sees it: heads, counters, the log of events, and every state that ever was. */
import { compareStates, type Head, type ZoneState } from '@zonecast/zone'
import type { Coverage } from './coverage.ts'

/** A change that was acknowledged to its author. */
export interface Change {
  readonly zone: string
  readonly generation: bigint
  readonly version: bigint
}

interface Backup {
  readonly heads: Map<string, Head>
  readonly counters: Map<number, bigint>
  readonly changes: Change[]
}

const shards = 3
const noDigest = new Uint8Array(0)

/** 32 octets that stand for a hash of some text. */
export function fakeHash(text: string): Uint8Array {
  const bytes = new Uint8Array(32)
  let mixed = 0x811c9dc5
  for (let at = 0; at < text.length + 32; at++) {
    mixed = Math.imul(mixed ^ (at < text.length ? text.charCodeAt(at) : at), 0x01000193) >>> 0
    bytes[at % 32] = (bytes[at % 32] as number) ^ (mixed >>> 11)
  }
  return bytes
}

const terms = new Map<string, Uint8Array>()

export function headTerm(zone: string, { generation, version, digest }: ZoneState): Uint8Array {
  const text = `${zone}|${generation}|${version}|${contentOf(digest)}`
  let term = terms.get(text)
  if (term === undefined) terms.set(text, (term = fakeHash(text)))
  if (terms.size > 100_000) terms.clear()
  return term
}

/** Content and digest stand for each other: this is the content that a digest is of. */
export function contentOf(digest: Uint8Array): string {
  return digest.join()
}

export class Database {
  logId = fakeHash('log 0').slice(0, 16)
  heads = new Map<string, Head>()
  changes: Change[] = []
  /** Heads in the order of commit, shard by shard. */
  events = new Map<number, Head[]>()
  readonly #coverage: Coverage
  /** Every state that was ever committed, also those that a restore has lost. */
  readonly #committed = new Map<string, string>()
  #counters = new Map<number, bigint>()
  #backup: Backup = { heads: new Map(), counters: new Map(), changes: [] }
  #logs = 0
  #contents = 0
  #now = 1000n

  constructor(coverage: Coverage) {
    this.#coverage = coverage
  }

  get shards(): readonly number[] {
    return Array.from({ length: shards }, (_, shard) => shard)
  }

  position(shard: number): bigint {
    return this.#counters.get(shard) ?? 0n
  }

  /** Makes, changes or deletes a zone. A zone's number decides its shard, whether it is large, and where it is placed first. */
  commit(number: number, deleted: boolean): void {
    const zone = `z${number}.`
    const before = this.heads.get(zone)
    if (deleted && (before === undefined || before.state.deleted)) return
    this.#now += 1n
    const isNew = before === undefined || before.state.deleted
    const generation = isNew ? this.#nextGeneration(before) : before.state.generation
    const version = before === undefined ? 1n : before.state.version + 1n
    const digest = deleted ? noDigest : fakeHash(`content ${++this.#contents}`)
    const serial = (before?.state.serial ?? 0) + 1
    const placement = before?.placement ?? (number % 5 === 0 ? 'inner' : 'default')
    this.#move({ zone, shard: number % shards, placement, number }, { generation, version, serial, digest, deleted })
    this.changes.push({ zone, generation, version })
    this.#coverage.count(deleted ? 'deletion' : isNew && before !== undefined ? 're-creation' : 'change')
  }

  /** A zone is carried by other edges from now on: a version of its own. */
  movePlacement(number: number): void {
    const head = this.heads.get(`z${number}.`)
    if (head === undefined || head.state.deleted) return
    const { zone, shard, state, placement } = head
    const moved = { zone, shard, number, placement: placement === 'inner' ? 'default' : 'inner' }
    const digest = fakeHash(`content ${++this.#contents}`)
    this.#move(moved, { ...state, version: state.version + 1n, serial: state.serial + 1, digest })
    this.changes.push({ zone, generation: state.generation, version: state.version + 1n })
    this.#coverage.count('placement moved')
  }

  takeBackup(): void {
    this.#backup = { heads: new Map(this.heads), counters: new Map(this.#counters), changes: [...this.changes] }
    this.#coverage.count('backup')
  }

  /** Goes back to the backup: another log id, and all generations move. */
  restore(): void {
    this.#now += 1n
    this.logId = fakeHash(`log ${++this.#logs}`).slice(0, 16)
    this.#counters = new Map(this.#backup.counters)
    this.changes = [...this.#backup.changes]
    this.events = new Map()
    this.heads = new Map()
    for (const [zone, head] of this.#backup.heads) {
      const state = { ...head.state, generation: this.#nextGeneration(head) }
      this.heads.set(zone, { ...head, state })
      this.#note(zone, state)
    }
    this.takeBackup()
    this.#coverage.count('restore')
  }

  /** Heads of a shard after a position, in its order. */
  list(shard: number, after: bigint): Head[] {
    const found = [...this.heads.values()].filter((head) => head.shard === shard && head.position > after)
    return found.toSorted((a, b) => (a.position < b.position ? -1 : 1))
  }

  /** True for a state that was committed at some time, with this very content. */
  knows(zone: string, state: ZoneState): boolean {
    return this.#committed.get(keyOf(zone, state)) === meaningOf(state)
  }

  #nextGeneration(before: Head | undefined): bigint {
    const least = before === undefined ? 0n : before.state.generation + 1n
    return this.#now > least ? this.#now : least
  }

  #move(place: Pick<Head, 'zone' | 'shard' | 'placement'> & { number: number }, state: ZoneState): void {
    const { number, ...rest } = place
    const { zone, shard } = rest
    const position = this.position(shard) + 1n
    this.#counters.set(shard, position)
    const contentOctets = number % 4 === 0 ? 1_000_000 : 1_000
    const head = { ...rest, state, settingsVersion: 1n, position, rrCount: 2, contentOctets }
    this.heads.set(zone, head)
    this.#note(zone, state)
    const events = this.events.get(shard)
    if (events === undefined) this.events.set(shard, [head])
    else events.push(head)
  }

  #note(zone: string, state: ZoneState): void {
    const key = keyOf(zone, state)
    if (this.#committed.has(key)) throw new Error(`${key} was committed twice`)
    this.#committed.set(key, meaningOf(state))
  }
}

/** True when what is there is a change or later. */
export function covers(state: ZoneState | undefined, change: Change): boolean {
  return state !== undefined && compareStates(state, change) >= 0
}

function keyOf(zone: string, { generation, version }: ZoneState): string {
  return `${zone} ${generation} ${version}`
}

function meaningOf({ serial, digest, deleted }: ZoneState): string {
  return `${serial} ${deleted} ${contentOf(digest)}`
}
