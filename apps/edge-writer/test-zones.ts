/** Commits of made-up zones, as a zone API would make them: for tests. */
import { encodeRR, parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime'
import { compareStored, diffSorted, digestOf, packRRs, shardOf, type Delta, type Head, type VersionHeader } from '@zonecast/zone'
import type { ZoneState } from '@zonecast/zone'

/** One version of a zone with its place in the order of its shard. */
export interface Commit {
  readonly head: Head
  /** Absent for a tombstone. */
  readonly header: VersionHeader | undefined
  readonly base: ZoneState | undefined
  readonly rrs: readonly Uint8Array[]
  /** From the base. */
  readonly delta: Delta
}

/** One log of commits; positions count up over all shards. */
export class TestZones {
  readonly logId: Uint8Array
  readonly #newest = new Map<string, Commit>()
  #position = 0n

  constructor(mark = 1) {
    this.logId = new Uint8Array(16).fill(mark)
  }

  /** The newest commit of each zone, in position order. */
  newest(): Commit[] {
    return [...this.#newest.values()].toSorted((a, b) => (a.head.position < b.head.position ? -1 : 1))
  }

  /** A version with these RRs as lines of owner, type and RDATA, or as stored; the SOA and an NS are put to them. */
  commit(zone: string, lines: readonly (string | Uint8Array)[], generation?: bigint): Commit {
    const before = this.#newest.get(zone)
    const version = (before?.head.state.version ?? 0n) + 1n
    const rrs = [`${zone} NS ns1`, ...lines]
      .map((line) => (typeof line === 'string' ? rr(zone, line) : line))
      .toSorted(compareStored)
    const soa = rr(zone, `${zone} SOA ns1 hostmaster ${version} 14400 3600 1209600 300`)
    const settings = new Uint8Array(0)
    const state: ZoneState = {
      generation: generation ?? generationAfter(before),
      version,
      serial: Number(version),
      digest: digestOf(rrs, soa, settings, sha256),
      deleted: false,
    }
    const contentOctets = packRRs(rrs).length + soa.length
    const counts = { rrCount: rrs.length + 1, rrsetCount: rrs.length + 1, contentOctets }
    const header = { state, soa, settings, settingsVersion: 1n, placement: 'default', ...counts }
    return this.#add(zone, { header, state, rrs, before, counts })
  }

  remove(zone: string): Commit {
    const before = this.#newest.get(zone)
    const { generation, version } = before?.head.state ?? { generation: 1n, version: 0n }
    const state = { generation, version: version + 1n, serial: 0, digest: new Uint8Array(0), deleted: true }
    return this.#add(zone, { header: undefined, state, rrs: [], before, counts: { rrCount: 0, contentOctets: 0 } })
  }

  #add(zone: string, { header, state, rrs, before, counts }: Made): Commit {
    const shard = shardOf(parseName(zone), sha256)
    const { rrCount, contentOctets } = counts
    const position = ++this.#position
    const head: Head = { zone, state, settingsVersion: 1n, shard, position, placement: 'default', rrCount, contentOctets }
    const isStep = before !== undefined && before.head.state.generation === state.generation && !before.head.state.deleted
    const delta = diffSorted(isStep ? before.rrs : [], rrs)
    const commit: Commit = { head, header, base: isStep ? before.head.state : undefined, rrs, delta }
    this.#newest.set(zone, commit)
    return commit
  }
}

interface Made {
  readonly header: VersionHeader | undefined
  readonly state: ZoneState
  readonly rrs: readonly Uint8Array[]
  readonly before: Commit | undefined
  readonly counts: { readonly rrCount: number; readonly contentOctets: number }
}

function generationAfter(before: Commit | undefined): bigint {
  if (before === undefined) return 1n
  const { generation, deleted } = before.head.state
  return deleted ? generation + 1n : generation
}

export function rr(zone: string, line: string): Uint8Array {
  const [owner = '', type = '', ...rdata] = line.split(' ')
  const apex = parseName(zone)
  const number = typeFromText(type) as number
  return encodeRR({ owner: parseName(owner, apex), type: number, ttl: 300, rdata: parseRDATAText(number, rdata.join(' '), apex) })
}

/** About 70 octets a host. */
export function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `host-with-a-rather-long-name-${i} A 192.0.${(i >> 8) & 255}.${i & 255}`)
}
