/** Bodies of responses that were rendered before, for as long as their zone stays at its version. */
import { CLASS, fold, headerOctets, type Name, type Question } from '@zonecast/dns'
import type { Body } from './body.ts'

/** Counters that tell whether what was read of a zone still holds. All are compared for equality only. */
export interface Versions {
  /** Moves with every commit, before the stamps move. */
  readonly commits: number
  /** Moves when a zone comes or goes. */
  readonly liveZones: number
  slotOf(apex: Name): number
  /** Moves with every version of the zones of a slot. */
  stampOf(slot: number): number
}

export interface AnswerCacheOptions {
  readonly versions: Versions
  /** Octets of bodies and keys that are kept, at most. */
  readonly maxOctets?: number
  /** Places for bodies. A power of two. */
  readonly places?: number
}

interface Entry {
  readonly hash: number
  /** The name in lower case. */
  readonly name: Name
  readonly type: number
  readonly dnssecOk: boolean
  /** Room that a body was cut to; 0 for one that is whole. */
  readonly maxBytes: number
  readonly slot: number
  readonly stamp: number
  readonly body: Body
  readonly octets: number
}

const defaultOctets = 16 << 20
const defaultPlaces = 1 << 15
/** Places that a question can stand in, one behind the other. */
const ways = 4
/** What an entry takes besides its octets, roughly. */
const entryOctets = 300

/**
 * A question is found by its octets, without making anything. A body is good while the stamp of its zone stays and no zone comes or
 * goes: it is never a matter of time. Where places or octets run out, older entries make room.
 */
export class AnswerCache {
  readonly #versions: Versions
  readonly #maxOctets: number
  readonly #entries: (Entry | undefined)[]
  /** The hash of each entry, so that a question that is not there is known without a look at entries; 0 for none. */
  readonly #hashes: Int32Array
  readonly #mask: number
  /** Hashes of questions that came once: by far most names of a flood, and of a long tail, never come again. */
  readonly #cameOnce: Int32Array
  #octets = 0
  #hand = 0
  #liveZones: number

  constructor({ versions, maxOctets = defaultOctets, places = defaultPlaces }: AnswerCacheOptions) {
    this.#versions = versions
    this.#maxOctets = maxOctets
    this.#entries = Array.from({ length: places })
    this.#hashes = new Int32Array(places)
    this.#mask = places - 1
    this.#cameOnce = new Int32Array(2 * places)
    this.#liveZones = versions.liveZones
  }

  /** Octets that are kept. */
  get octets(): number {
    return this.#octets
  }

  /** To be called before a zone is looked at; what it gives goes to `keep`. */
  begin(): number {
    return this.#versions.commits
  }

  /** The body for the name from `start` to `end` of some octets, whatever its case, with room for `maxBytes` up to OPT. */
  find(bytes: Uint8Array, start: number, end: number, type: number, dnssecOk: boolean, maxBytes: number): Body | undefined {
    if (this.#liveZones !== this.#versions.liveZones) this.#clear()
    const hash = hashOf(bytes, start, end, type, dnssecOk)
    for (let way = 0; way < ways; way++) {
      const place = (hash + way) & this.#mask
      if (this.#hashes[place] !== hash) continue
      const entry = this.#entries[place]
      if (entry === undefined || entry.type !== type || entry.dnssecOk !== dnssecOk) continue
      if (!fits(entry, end - start, maxBytes) || !isName(entry.name, bytes, start, end)) continue
      return entry.stamp === this.#versions.stampOf(entry.slot) ? entry.body : undefined
    }
    return undefined
  }

  /**
   * Keeps what was rendered since `begin` from the zone of this apex, when the question comes for the second time. Where a commit came in between, it cannot be said which version was
   * read, and nothing is kept.
   */
  keep(
    { name, type, class: class_ }: Question,
    dnssecOk: boolean,
    maxBytes: number,
    body: Body,
    apex: Name,
    begun: number,
  ): void {
    if (class_ !== CLASS.IN) return
    const hash = hashOf(name, 0, name.length, type, dnssecOk)
    if (!this.#cameBefore(hash)) return
    const slot = this.#versions.slotOf(apex)
    const stamp = this.#versions.stampOf(slot)
    const liveZones = this.#versions.liveZones
    // Read last: commits move before stamps, so a stamp read before an unmoved count belongs to what was read or moves later.
    if (this.#versions.commits !== begun || liveZones !== this.#liveZones) return
    const { sections } = body
    const octets = entryOctets + name.length + body.source.length + sections.end - sections.start
    if (octets > this.#maxOctets / 16) return
    const room = sections.whole ? 0 : maxBytes
    const entry = { hash, name, type, dnssecOk, maxBytes: room, slot, stamp, body: copyOf(body), octets }
    this.#put(this.#placeFor(entry), entry)
    while (this.#octets > this.#maxOctets) this.#put((this.#hand = (this.#hand + 1) & this.#mask), undefined)
  }

  #cameBefore(hash: number): boolean {
    const at = hash & (this.#cameOnce.length - 1)
    if (this.#cameOnce[at] === hash) return true
    this.#cameOnce[at] = hash
    return false
  }

  /** The place of the same question, else a free one, else one of a body that is outdated, else any. */
  #placeFor({ hash, name, type, dnssecOk, maxBytes }: Entry): number {
    let place = (hash + (this.#hand++ & (ways - 1))) & this.#mask
    let found = 0
    for (let way = 0; way < ways; way++) {
      const at = (hash + way) & this.#mask
      const held = this.#entries[at]
      if (held === undefined || held.stamp !== this.#versions.stampOf(held.slot)) {
        if (found === 0) place = at
        found = 1
      } else if (held.hash === hash && held.type === type && held.dnssecOk === dnssecOk && held.maxBytes === maxBytes) {
        if (isName(held.name, name, 0, name.length)) return at
      }
    }
    return place
  }

  #put(place: number, entry: Entry | undefined): void {
    this.#octets += (entry?.octets ?? 0) - (this.#entries[place]?.octets ?? 0)
    this.#entries[place] = entry
    this.#hashes[place] = entry?.hash ?? 0
  }

  #clear(): void {
    this.#entries.fill(undefined)
    this.#hashes.fill(0)
    this.#octets = 0
    this.#liveZones = this.#versions.liveZones
  }
}

/** What was rendered lies in octets that are written anew, and a view into a page would keep the whole page. */
function copyOf({ kind, rcode, aa, sections, source }: Body): Body {
  const bytes = sections.bytes.slice(sections.start, sections.end)
  return { kind, rcode, aa, sections: { ...sections, bytes, start: 0, end: bytes.length }, source: Uint8Array.from(source) }
}

function fits(entry: Entry, nameOctets: number, maxBytes: number): boolean {
  if (entry.maxBytes !== 0) return entry.maxBytes === maxBytes
  return headerOctets + nameOctets + 4 + entry.body.sections.end <= maxBytes
}

function isName(name: Name, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== fold(bytes[start + i]!)) return false
  return true
}

/** FNV-1a, its upper bits mixed in, never 0; the length octets keep labels apart. */
function hashOf(bytes: Uint8Array, start: number, end: number, type: number, dnssecOk: boolean): number {
  let hash = 0x811c_9dc5 ^ (type << 1) ^ (dnssecOk ? 1 : 0)
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ fold(bytes[i]!), 0x0100_0193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b_3c6d) >>> 1 || 1
}
