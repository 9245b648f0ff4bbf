/** What one version has and another has not: from the change log where that is short, else by walking over both. */
import {
  type Change,
  compareStored,
  type Delta,
  deltaOf,
  diffEach,
  invertDelta,
  unpackRRs,
  type VersionHeader,
} from '@zonecast/zone'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { LiveFeed } from '../staging/live-feed.ts'
import { VersionWay } from './version-plan.ts'
import { VersionWalk } from './version-walk.ts'

/** RRs in one part of a difference, and octets of them: as text an octet takes at most four characters. */
const partRRs = 500
const partOctets = 128 << 10

/** The difference in parts, in canonical order; the SOA is not in it. */
export async function* diffVersions(
  database: ZoneDatabase,
  zone: string,
  from: VersionHeader,
  to: VersionHeader,
): AsyncGenerator<Delta, void, undefined> {
  const delta = await loggedDelta(database, zone, from, to)
  if (delta) yield* partsOf(delta)
  else yield* walkBoth(database, zone, from, to)
}

/** The netted steps between two versions, whichever is the older. */
async function loggedDelta(
  database: ZoneDatabase,
  zone: string,
  from: VersionHeader,
  to: VersionHeader,
): Promise<Delta | undefined> {
  const [older, newer] = from.state.version <= to.state.version ? [from, to] : [to, from]
  const delta = await new VersionWay(database, zone, older).deltaTo(newer.state.version)
  return delta && (older === from ? delta : invertDelta(delta))
}

function* partsOf(delta: Delta): Generator<Delta, void, undefined> {
  const part = new Part()
  for (const change of diffEach(unpackRRs(delta.removed), unpackRRs(delta.added))) {
    if (part.add(change)) yield part.take()
  }
  if (!part.isEmpty) yield part.take()
}

async function* walkBoth(database: ZoneDatabase, zone: string, from: VersionHeader, to: VersionHeader) {
  const left = new WalkFeed(await VersionWalk.open(database, zone, from.state.version))
  const right = new WalkFeed(await VersionWalk.open(database, zone, to.state.version))
  const part = new Part()
  for (;;) {
    const removed = left.present ?? (await left.fill())
    const added = right.present ?? (await right.fill())
    if (removed === undefined && added === undefined) break
    const order = removed === undefined ? 1 : added === undefined ? -1 : compareStored(removed, added)
    if (order <= 0) left.advance()
    if (order >= 0) right.advance()
    if (order === 0 && Buffer.compare(removed!, added!) === 0) continue
    if (part.add({ removed: order <= 0 ? removed : undefined, added: order >= 0 ? added : undefined })) yield part.take()
  }
  if (!part.isEmpty) yield part.take()
}

/** Gathers changes until they fill a message. */
class Part {
  #changes: Pick<Change, 'removed' | 'added'>[] = []
  #octets = 0

  get isEmpty(): boolean {
    return this.#changes.length === 0
  }

  /** True when it is full. */
  add(change: Pick<Change, 'removed' | 'added'>): boolean {
    this.#changes.push(change)
    this.#octets += (change.removed?.length ?? 0) + (change.added?.length ?? 0)
    return this.#changes.length >= partRRs || this.#octets >= partOctets
  }

  take(): Delta {
    const delta = deltaOf(this.#changes)
    this.#changes = []
    this.#octets = 0
    return delta
  }
}

/** The RRs of a walk one by one. */
class WalkFeed extends LiveFeed {
  readonly #walk: VersionWalk

  constructor(walk: VersionWalk) {
    super()
    this.#walk = walk
  }

  async fill(): Promise<Uint8Array | undefined> {
    while (this.isWaiting) this.give(await this.#walk.next())
    return this.present
  }
}
