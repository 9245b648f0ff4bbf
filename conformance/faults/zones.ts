/** The zones of fault runs: twins of each slot stand on different pages, so that half a version would show. */
import { decodeRR, formatName, formatRR, type RR } from '@zonecast/dns'
import { dnsQuery } from '@zonecast/dns-net'
import { ExportFormat, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { ZoneState } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import { unpackRRs } from '@zonecast/zone'
import { available } from '../lib/available.ts'
import type { System } from '../lib/system.ts'
import { exportText, publishZone, zonesOfEdge } from '../lib/zones.ts'
import type { Final, History, Told } from './history.ts'

/** The names that one change moves together; other names between them fill several pages. */
export function twinsOf(slot: string): readonly [string, string] {
  return [`a-${slot}`, `z-${slot}`]
}

const fillers = 130

export function zoneFile(serial: number): string {
  const filler = (at: number) => `m${at} 60 IN TXT "${`filler ${at} `.padEnd(200, 'x')}"`
  return [
    `@ 60 IN SOA ns1 hostmaster ${serial} 14400 3600 1209600 300`,
    '@ 60 IN NS ns1',
    'ns1 60 IN A 192.0.2.53',
    ...Array.from({ length: fillers }, (_, at) => filler(at)),
    '',
  ].join('\n')
}

/** Imports a zone, waits until every edge answers it, and notes its first state. */
export async function beginZone(system: System, history: History, zone: string, serial = 1): Promise<void> {
  await publishZone(system, zone, zoneFile(serial))
  history.initial.set(zone, await stateAtSource(system, zone))
}

export function toldBy({ generation, version, serial, digest }: ZoneState): Told {
  return { generation, version, serial, digest: Buffer.from(digest).toString('hex') }
}

async function stateAtSource(system: System, zone: string): Promise<Told> {
  const { zone: described } = await system.client(ZoneService).getZone({ zone })
  if (described?.state === undefined) throw new Error(`${zone} has no state`)
  return toldBy(described.state)
}

/** What everybody has at the end: states as they say, and every RRset of the export asked of each edge by DNS. */
export async function noteFinals(system: System, history: History, zone: string, edges: readonly string[]): Promise<void> {
  const exported = unpackRRs(await exportText(system, zone, ExportFormat.WIRE)).map((stored) => decodeRR(stored))
  const state = await stateAtSource(system, zone)
  history.finals.push({ holder: 'zone-api', zone, state, rrs: exported.map(formatRR).toSorted() })
  for (const edge of edges) history.finals.push(await finalOf(system, edge, zone, exported))
}

async function finalOf(system: System, edge: string, zone: string, exported: readonly RR[]): Promise<Final> {
  const server = system.dnsOf(edge)
  const byRRset = Map.groupBy(exported, ({ owner, type }) => `${formatName(owner)} ${type}`)
  const rrs: string[] = []
  for (const [{ owner, type }] of byRRset.values() as Iterable<[RR]>) {
    const { answers } = await dnsQuery({ server, name: owner, type, tcp: true })
    rrs.push(...answers.map(formatRR))
  }
  const listed = await available(`${edge} lists its zones`, () => zonesOfEdge(system, edge))
  const state = listed.find((one) => one.zone === zone)?.state
  if (state === undefined) throw new Error(`${edge} does not list ${zone}`)
  return { holder: edge, zone, state: toldBy(state), rrs: rrs.toSorted() }
}
