/** Bodies of releases: made once for each zone, base and state, and shared by all edges. */
import type { ReleaseBody } from '@zonecast/sync'
import { compareStates, emptyDelta, equalStates, netDeltas, packRRs, walkRRs } from '@zonecast/zone'
import type { Delta, Head, VersionHeader, ZoneState } from '@zonecast/zone'
import { WireError } from '@zonecast/dns'
import { StoreDamage } from '@zonecast/zone-store'
import type { Contents } from '../ingest/contents.ts'
import type { Damage } from '../ingest/damage.ts'
import type { RecentDeltas, ReleaseNote } from '../ingest/recent-deltas.ts'
import { encodeDelta, type EncodedDelta } from './release-encoding.ts'

export interface Composed {
  readonly state: ZoneState
  readonly base: ZoneState | undefined
  readonly body: ReleaseBody
  readonly note: ReleaseNote
}

/** Content that travels in a release; what is larger is fetched. */
const largestInline = 256 * 1024
const mostCachedOctets = 32 * 1024 * 1024
const mostCachedZones = 1024

/** A delta to what the store has. */
interface StoredDelta {
  readonly header: VersionHeader
  readonly delta: Delta
}

export interface ComposerPorts {
  readonly contents: Contents
  readonly recent: RecentDeltas
  readonly damage: Pick<Damage, 'has' | 'found'>
}

interface CachedZone {
  readonly state: ZoneState
  readonly bodies: Map<string, Composed>
  octets: number
}

export class Composer {
  readonly #contents: Contents
  readonly #recent: RecentDeltas
  readonly #damage: Pick<Damage, 'has' | 'found'>
  readonly #cache = new Map<string, CachedZone>()
  #octets = 0
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor({ contents, recent, damage }: ComposerPorts) {
    this.#contents = contents
    this.#recent = recent
    this.#damage = damage
  }

  /** A body from `base` (undefined: from nothing) to the target or a later state; undefined while there is no content for it. */
  compose({ zone, state: target }: Pick<Head, 'zone' | 'state'>, base: ZoneState | undefined): Composed | undefined {
    const newest = this.#contents.header(zone)
    if (newest === undefined || compareStates(newest.state, target) < 0) return undefined
    if (newest.state.deleted) {
      return { state: newest.state, base: undefined, body: { kind: 'tombstone' }, note: this.#recent.noteOf(zone, newest.state) }
    }
    const key = base === undefined ? '' : `${base.generation} ${base.version} ${Buffer.from(base.digest).toString('latin1')}`
    const cached = this.#cached(zone, newest.state)
    const found = cached.bodies.get(key)
    if (found) return found
    const made = this.#make(zone, newest, base)
    if (made) this.#keep(zone, cached, key, made)
    return made
  }

  /** Calls back, once, when the zone has moved on, in memory or on disk. */
  when(zone: string, run: () => void): void {
    const list = this.#waiting.get(zone)
    if (list) list.add(run)
    else this.#waiting.set(zone, new Set([run]))
  }

  /** Forgets who waits. */
  leave(zone: string, run: () => void): void {
    const list = this.#waiting.get(zone)
    list?.delete(run)
    if (list?.size === 0) this.#waiting.delete(zone)
  }

  /** The zone has moved on. */
  moved(zone: string): void {
    const list = this.#waiting.get(zone)
    if (list === undefined) return
    this.#waiting.delete(zone)
    for (const run of list) run()
  }

  /** Forgets what was made of a zone: it may be wrong. */
  distrust(zone: string): void {
    this.#forget(zone)
  }

  #make(zone: string, newest: VersionHeader, base: ZoneState | undefined): Composed | undefined {
    const direct = this.#recent.from(zone, base)
    if (direct && equalStates(direct.target.state, newest.state)) return inline(direct.target, base, direct.delta, direct.note)
    const note = this.#recent.noteOf(zone, newest.state)
    const fetch: ReleaseBody = { kind: 'fetch', octets: newest.contentOctets }
    const stored = base?.deleted === false ? this.#deltaFrom(zone, base) : undefined
    if (base && stored) {
      const delta = this.#extended(zone, stored, newest)
      if (delta === undefined) return undefined
      if (octetsOf(delta) <= largestInline) return inline(newest, base, delta, note)
      return { state: newest.state, base, body: fetch, note }
    }
    // Whoever waits is told when the zone is whole again.
    if (this.#damage.has(zone)) return undefined
    if (newest.contentOctets > largestInline) return { state: newest.state, base, body: fetch, note }
    const whole = this.#whole(zone)
    const delta = whole && this.#extended(zone, whole, newest)
    return delta && inline(newest, undefined, delta, note)
  }

  #deltaFrom(zone: string, base: ZoneState): StoredDelta | undefined {
    // In a new generation the content is often what it was.
    const header = this.#contents.store.get(zone)?.header
    if (header && !header.state.deleted && Buffer.compare(base.digest, header.state.digest) === 0)
      return { header, delta: emptyDelta }
    return this.#contents.store.deltaFrom(zone, base)
  }

  #whole(zone: string): StoredDelta | undefined {
    const view = this.#contents.store.view(zone)
    if (view === undefined) return undefined
    try {
      return { header: view.stored.header, delta: { removed: new Uint8Array(0), added: packRRs(walkRRs(view.pages)) } }
    } catch (error) {
      if (!(error instanceof StoreDamage) && !(error instanceof WireError)) throw error
      this.#damage.found(zone, error.message)
      return undefined
    }
  }

  /** With what is still on its way to the disk; undefined where that is not at hand. */
  #extended(zone: string, { header, delta }: StoredDelta, newest: VersionHeader): Delta | undefined {
    if (compareStates(header.state, newest.state) >= 0) return equalStates(header.state, newest.state) ? delta : undefined
    const rest = this.#recent.from(zone, header.state)
    return rest && equalStates(rest.target.state, newest.state) ? netDeltas([delta, rest.delta]) : undefined
  }

  #cached(zone: string, state: ZoneState): CachedZone {
    const found = this.#cache.get(zone)
    if (found && equalStates(found.state, state)) return found
    this.#forget(zone)
    const made = { state, bodies: new Map<string, Composed>(), octets: 0 }
    this.#cache.set(zone, made)
    return made
  }

  #keep(zone: string, cached: CachedZone, key: string, made: Composed): void {
    const octets = made.body.kind === 'delta' ? made.body.octets : 0
    cached.bodies.set(key, made)
    cached.octets += octets
    this.#octets += octets
    this.#cache.delete(zone)
    this.#cache.set(zone, cached)
    while (this.#cache.size > 1 && (this.#octets > mostCachedOctets || this.#cache.size > mostCachedZones)) {
      this.#forget(this.#cache.keys().next().value as string)
    }
  }

  #forget(zone: string): void {
    this.#octets -= this.#cache.get(zone)?.octets ?? 0
    this.#cache.delete(zone)
  }
}

function inline(target: VersionHeader, base: ZoneState | undefined, delta: Delta, note: ReleaseNote): Composed {
  const content: EncodedDelta = encodeDelta({ base, target, delta })
  return { state: target.state, base, body: { kind: 'delta', octets: content.octets, content }, note }
}

const octetsOf = ({ removed, added }: Delta): number => removed.length + added.length
