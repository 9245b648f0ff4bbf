/** The zone API's database as the model sees it: heads, counters and the log of events. */
import { compareStates, type Head, type ZoneState } from '@zonecast/zone'

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

export function headTerm(zone: string, { generation, version, digest }: ZoneState): Uint8Array {
  return fakeHash(`${zone}|${generation}|${version}|${digest.join()}`)
}

export class Database {
  logId = fakeHash('log 0').slice(0, 16)
  heads = new Map<string, Head>()
  changes: Change[] = []
  /** Heads in the order of commit, shard by shard. */
  events = new Map<number, Head[]>()
  #counters = new Map<number, bigint>()
  #backup: Backup = { heads: new Map(), counters: new Map(), changes: [] }
  #logs = 0
  #contents = 0
  #now = 1000n

  get shards(): readonly number[] {
    return Array.from({ length: shards }, (_, shard) => shard)
  }

  position(shard: number): bigint {
    return this.#counters.get(shard) ?? 0n
  }

  /** Makes, changes or deletes a zone. A zone's number decides its shard, whether it is large, and its placement. */
  commit(number: number, deleted: boolean): void {
    const zone = `z${number}.`
    const before = this.heads.get(zone)
    if (deleted && (before === undefined || before.state.deleted)) return
    this.#now += 1n
    const isNew = before === undefined || before.state.deleted
    const generation = isNew ? this.#nextGeneration(before) : before.state.generation
    const version = before === undefined ? 1n : before.state.version + 1n
    const digest = deleted ? new Uint8Array(0) : fakeHash(`content ${++this.#contents}`)
    this.#move(
      zone,
      number % shards,
      { generation, version, serial: 1, digest, deleted },
      number % 5 === 0 ? 'inner' : 'default',
      number,
    )
    this.changes.push({ zone, generation, version })
  }

  takeBackup(): void {
    this.#backup = { heads: new Map(this.heads), counters: new Map(this.#counters), changes: [...this.changes] }
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
      this.heads.set(zone, { ...head, state: { ...head.state, generation: this.#nextGeneration(head) } })
    }
    this.takeBackup()
  }

  /** Heads of a shard after a position, in its order. */
  list(shard: number, after: bigint): Head[] {
    const found = [...this.heads.values()].filter((head) => head.shard === shard && head.position > after)
    return found.toSorted((a, b) => (a.position < b.position ? -1 : 1))
  }

  #nextGeneration(before: Head | undefined): bigint {
    const least = before === undefined ? 0n : before.state.generation + 1n
    return this.#now > least ? this.#now : least
  }

  #move(zone: string, shard: number, state: ZoneState, placement: string, number: number): void {
    const position = this.position(shard) + 1n
    this.#counters.set(shard, position)
    const contentOctets = number % 4 === 0 ? 1_000_000 : 1_000
    const head = { zone, state, settingsVersion: 1n, shard, position, placement, rrCount: 2, contentOctets }
    this.heads.set(zone, head)
    const events = this.events.get(shard)
    if (events === undefined) this.events.set(shard, [head])
    else events.push(head)
  }
}

/** True when what is there is a change or later. */
export function covers(state: ZoneState | undefined, change: Change): boolean {
  return state !== undefined && compareStates(state, change) >= 0
}
