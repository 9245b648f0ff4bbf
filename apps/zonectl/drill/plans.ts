/** The plans of the drill: versions of one small zone, as a zone API would commit them. */
import { encodeRR, parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime'
import { compareStored, diffSorted, digestOf, packRRs, shardOf, type Delta, type VersionHeader } from '@zonecast/zone'

export const drillZone = 'drill.example.'
export const drillName = `api.${drillZone}`
export const drillShard = shardOf(parseName(drillZone), sha256)

/** One version: the addresses that the name has. */
export interface Plan {
  readonly addresses: readonly string[]
  readonly header: VersionHeader
  readonly rrs: readonly Uint8Array[]
  readonly position: bigint
}

export function planOf(version: number, addresses: readonly string[]): Plan {
  const apex = parseName(drillZone)
  const rr = (owner: string, type: string, text: string) => {
    const number = typeFromText(type) as number
    return encodeRR({ owner: parseName(owner, apex), type: number, ttl: 60, rdata: parseRDATAText(number, text, apex) })
  }
  const soa = rr('@', 'SOA', `ns1 hostmaster ${version} 14400 3600 1209600 60`)
  const lines = [rr('@', 'NS', 'ns1'), rr('ns1', 'A', '192.0.2.53'), ...addresses.map((address) => rr('api', 'A', address))]
  const rrs = lines.toSorted(compareStored)
  const settings = new Uint8Array(0)
  const digest = digestOf(rrs, soa, settings, sha256)
  const state = { generation: 1n, version: BigInt(version), serial: version, digest, deleted: false }
  const counts = {
    rrCount: rrs.length + 1,
    rrsetCount: addresses.length > 0 ? 4 : 3,
    contentOctets: packRRs(rrs).length + soa.length,
  }
  const header = { state, soa, settings, settingsVersion: 1n, placement: 'default', ...counts }
  return { addresses, header, rrs, position: BigInt(version * 10) }
}

export function deltaBetween(from: Plan | undefined, to: Plan): Delta {
  return diffSorted(from?.rrs ?? [], to.rrs)
}
