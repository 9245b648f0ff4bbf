/** Versions of a zone made by hand, for tests. */
import { encodeRR, parseName, parseRDATAText, TYPE } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime'
import { compareStored, diffSorted, digestOf, packRRs, type Delta, type Head, type VersionHeader } from '@zonecast/zone'

export const zone = 'example.'
export const shard = 3
const apex = parseName(zone)

/** A version: its RRs in canonical order and its header. */
export interface TestVersion {
  readonly rrs: readonly Uint8Array[]
  readonly header: VersionHeader
}

export function versionOf(rrs: readonly Uint8Array[], version: bigint, generation = 1n): TestVersion {
  const serial = Number(version)
  const soa = encodeRR({
    owner: apex,
    type: TYPE.SOA,
    ttl: 300,
    rdata: parseRDATAText(TYPE.SOA, `ns1 hostmaster ${serial} 14400 3600 1209600 300`, apex),
  })
  const settings = new Uint8Array(0)
  const header = {
    state: { generation, version, serial, digest: digestOf(rrs, soa, settings, sha256), deleted: false },
    soa,
    settings,
    settingsVersion: 1n,
    rrCount: rrs.length + 1,
    rrsetCount: rrs.length + 1,
    contentOctets: rrs.reduce((octets, rr) => octets + rr.length, soa.length),
    placement: 'default',
  }
  return { rrs, header }
}

export function addressRR(owner: string, address: string): Uint8Array {
  return encodeRR({ owner: parseName(owner, apex), type: TYPE.A, ttl: 60, rdata: parseRDATAText(TYPE.A, address, apex) })
}

/** The next version, with one RR more. */
export function withRR({ rrs, header }: TestVersion, rr: Uint8Array): TestVersion {
  return versionOf([...rrs, rr].toSorted(compareStored), header.state.version + 1n, header.state.generation)
}

/** A zone of so many names beside its NS. */
export function someVersion(names: number): TestVersion {
  const ns = encodeRR({ owner: apex, type: TYPE.NS, ttl: 300, rdata: parseRDATAText(TYPE.NS, 'ns1', apex) })
  const rrs = Array.from({ length: names }, (_, i) => addressRR(`host-${i}`, `192.0.2.${i % 250}`))
  return versionOf([ns, ...rrs].toSorted(compareStored), 1n)
}

export function deltaBetween(a: TestVersion, b: TestVersion): Delta {
  return diffSorted(a.rrs, b.rrs)
}

export function wholeOf({ rrs }: TestVersion): Delta {
  return { removed: new Uint8Array(0), added: packRRs(rrs) }
}

export function headOf({ header }: TestVersion, position: bigint): Head {
  const { state, settingsVersion, placement, rrCount, contentOctets } = header
  return { zone, state, settingsVersion, shard, position, placement, rrCount, contentOctets }
}
