/** What the publisher has of each zone: in memory at once, in the store behind it. */
import type { NamedDelta } from '@zonecast/contract'
import type { Clock, Logger, Scheduled } from '@zonecast/runtime'
import { compareStates, type Head, type VersionHeader, type ZoneState } from '@zonecast/zone'
import { StoreRefusal, type StoredZone, type ZoneStore } from '@zonecast/zone-store'
import type { RecentDeltas, ReleaseNote } from './recent-deltas.ts'

export interface ContentsPorts {
  readonly store: ZoneStore
  readonly recent: RecentDeltas
  readonly clock: Clock
  readonly log: Logger
  /** A state is on disk. */
  readonly onStored: (stored: StoredZone) => void
  /** A state was taken in memory and then refused by the store: the zone is as it was before. */
  readonly onRefused: (zone: string) => void
}

/** States of a zone that are on their way to the disk. */
interface Pending {
  header: VersionHeader
  writes: number
}

/** Where a state goes in the store. */
export interface Place {
  readonly zone: string
  readonly shard: number
  readonly position: bigint
}

/** A transaction and its syncs cost more than what is written, and they are the disk's that an edge may wait for: */
const lingerMs = 25
/** writes wait so long for others, but not for more than so many, or so many octets. */
const mostLined = 32
const mostLinedOctets = 256 << 10

export class Contents {
  readonly #ports: ContentsPorts
  /** Begin the writes that wait to share a transaction. */
  #lined: (() => void)[] = []
  #linedOctets = 0
  #linger: Scheduled | undefined
  readonly #pending = new Map<string, Pending>()
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #writes = new Set<Promise<void>>()

  constructor(ports: ContentsPorts) {
    this.#ports = ports
  }

  get store(): ZoneStore {
    return this.#ports.store
  }

  /** The newest header, on disk or on its way there. */
  header(zone: string): VersionHeader | undefined {
    return this.#pending.get(zone)?.header ?? this.store.get(zone)?.header
  }

  /** The newest state, a tombstone included. */
  state(zone: string): ZoneState | undefined {
    return this.header(zone)?.state
  }

  /** True when a state or a later one is at hand. */
  has(zone: string, state: ZoneState): boolean {
    const have = this.state(zone)
    return have !== undefined && compareStates(have, state) >= 0
  }

  /** Takes a step: senders may have it at once, the store gets it a little later. */
  accept(place: Place, named: NamedDelta, note: ReleaseNote): void {
    const { base, target: header, delta } = named
    this.#ports.recent.add(place.zone, named, note)
    const octets = delta.removed.length + delta.added.length
    this.#write(place, header, octets, () => this.store.apply({ ...place, header, base, delta }))
  }

  /** Takes a tombstone. */
  remove(head: Head): void {
    const { zone, shard, position, state, placement } = head
    this.#ports.recent.drop(zone)
    const header = tombstoneHeader(head)
    this.#write({ zone, shard, position }, header, 0, () => this.store.remove({ zone, shard, position, state, placement }))
  }

  /** Notes that the state at hand stands at another position. */
  touch({ zone, position }: Place): void {
    this.#track(
      this.store.touch(zone, position).then(
        () => this.#stored(zone),
        (error: unknown) => this.#ports.log.error({ err: error, zone }, 'a position could not be stored'),
      ),
    )
  }

  /** Resolves when a state, or a later one, is on disk, or the zone's last write has failed. */
  async settled(zone: string, state: ZoneState): Promise<void> {
    while (this.#pending.has(zone) && !this.#isStored(zone, state)) {
      this.#begin()
      await new Promise<void>((resolve) => {
        const list = this.#waiting.get(zone) ?? new Set()
        this.#waiting.set(zone, list.add(resolve))
      })
    }
  }

  /** Resolves when everything taken is on disk. */
  async close(): Promise<void> {
    this.#begin()
    while (this.#writes.size > 0) await Promise.all(this.#writes)
  }

  #write({ zone }: Place, header: VersionHeader, octets: number, run: () => Promise<StoredZone>): void {
    const pending = this.#pending.get(zone) ?? { header, writes: 0 }
    pending.header = header
    pending.writes += 1
    this.#pending.set(zone, pending)
    const write = new Promise<void>((begin) => this.#lineUp(begin, octets)).then(run).then(
      () => this.#written(zone, pending),
      (error: unknown) => this.#failed(zone, pending, header.state, error),
    )
    this.#track(write)
  }

  /** At least a turn later, so that releases leave first. */
  #lineUp(begin: () => void, octets: number): void {
    this.#lined.push(begin)
    this.#linedOctets += octets
    const isEnough = this.#lined.length >= mostLined || this.#linedOctets >= mostLinedOctets
    if (isEnough) setImmediate(() => this.#begin())
    else this.#linger ??= this.#ports.clock.schedule(lingerMs, () => this.#begin())
  }

  /** All that begin in one turn share a transaction. */
  #begin(): void {
    this.#linger?.cancel()
    this.#linger = undefined
    this.#linedOctets = 0
    for (const begin of this.#lined.splice(0)) begin()
  }

  #track(write: Promise<void>): void {
    const tracked = write.finally(() => this.#writes.delete(tracked))
    this.#writes.add(tracked)
  }

  #written(zone: string, pending: Pending): void {
    this.#release(zone, pending)
    this.#stored(zone)
  }

  #stored(zone: string): void {
    const stored = this.store.get(zone)
    if (stored) this.#ports.onStored(stored)
    this.#wake(zone)
  }

  /** A later write of the chain fails with the first: only the first says why. */
  #failed(zone: string, pending: Pending, state: ZoneState, error: unknown): void {
    if (this.#isStored(zone, state)) return this.#written(zone, pending)
    const isFirst = this.#pending.get(zone) === pending
    if (isFirst) {
      this.#pending.delete(zone)
      this.#ports.recent.drop(zone)
      const reason = error instanceof StoreRefusal ? error.reason : 'STORE_FAILED'
      this.#ports.log.error({ err: error, zone, version: String(state.version), reason }, 'the store refused a version')
      this.#ports.onRefused(zone)
    }
    this.#wake(zone)
  }

  #release(zone: string, pending: Pending): void {
    pending.writes -= 1
    if (pending.writes === 0 && this.#pending.get(zone) === pending) this.#pending.delete(zone)
  }

  #isStored(zone: string, state: ZoneState): boolean {
    const stored = this.store.get(zone)
    return stored !== undefined && compareStates(stored.header.state, state) >= 0
  }

  #wake(zone: string): void {
    const list = this.#waiting.get(zone)
    this.#waiting.delete(zone)
    for (const resolve of list ?? []) resolve()
  }
}

function tombstoneHeader({ state, settingsVersion, placement }: Head): VersionHeader {
  const nothing = new Uint8Array(0)
  return {
    state,
    soa: nothing,
    settings: nothing,
    settingsVersion,
    rrCount: 0,
    rrsetCount: 0,
    contentOctets: 0,
    placement,
  }
}
