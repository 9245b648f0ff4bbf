/** What the old way is measured against, behind one face: ours, and REST + JSON over two protocols. */
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { Address } from '@zonecast/dns-net'
import { startSystem } from '../../conformance/lib/system.ts'
import { startProxy, type TcpProxy } from '../../conformance/lib/tcp-proxy.ts'
import { importZone } from '../../conformance/lib/zones.ts'
import { zoneText } from '../lib/zone-text.ts'
import type { Protocol } from './contract.ts'
import { startOldSystem } from './old-system.ts'

export interface TimedSystem {
  readonly name: string
  readonly dns: Address
  /** Process ids of the zone API, the publisher and the edge. */
  readonly pids: { readonly api: number; readonly publisher: number; readonly edge: number }
  /** Resolves when it is committed; edges answer it later. */
  addZone(zone: string, text: Buffer): Promise<unknown>
  /** Replaces the address of one host; resolves when it is committed. */
  change(zone: string, host: string, address: string): Promise<unknown>
  /** Sends the whole large zone, which is there, to the edge once more, in one of two variants: `zz-last` tells them apart. */
  passLargeZone(variant: Variant): Promise<unknown>
  /** Octets from the publisher to the edge so far. */
  octetsToEdge(): Promise<number>
  close(): Promise<void>
}

export type Variant = 0 | 1

/** The address of `zz-last` in each variant. */
export const lastAddress = ['10.255.0.0', '10.255.0.1'] as const

export const largeZone = 'million.example.'

/** In the order in which they are measured in each round. */
export const timedSystems = (records: number): readonly (() => Promise<TimedSystem>)[] => [
  () => startOurs(records),
  () => startOldWay('http/1.1'),
  () => startOldWay('http/2'),
]

const ttl = 60

async function startOurs(records: number): Promise<TimedSystem> {
  let link: TcpProxy | undefined
  const publisherUrl = async (port: number) => {
    link = await startProxy(port)
    return link.url
  }
  const system = await startSystem({ publisherUrl })
  const recordService = system.client(RecordService)
  const zoneService = system.client(ZoneService)
  const taken = async (zone: string, text: Buffer, force = false) => {
    const { errors, effect } = await importZone(zoneService, { zone, force }, text)
    if (!effect) throw new Error(`${zone} was refused: ${errors[0]?.message}`)
  }
  const variants = new Map<Variant, Buffer>()
  return {
    name: 'zonecast (gRPC over HTTP/2)',
    dns: system.dnsOf('edge-1'),
    pids: {
      api: system.app('zone-api').ready.pid,
      publisher: system.app('publisher').ready.pid,
      edge: system.app('edge-1').ready.pid,
    },
    addZone: taken,
    change: (zone, host, address) => {
      const value = { name: host, type: 'A', ttl, values: [address] }
      return recordService.applyChanges({ zone, changes: [{ operation: { case: 'put', value } }] })
    },
    passLargeZone: (variant) => {
      const text = variants.get(variant) ?? variantOf(records, variant)
      variants.set(variant, text)
      return taken(largeZone, text, true)
    },
    octetsToEdge: async () => link!.received(),
    close: async () => {
      await system.close()
      await link!.close()
    },
  }
}

/** Every RR has another TTL in the other variant: nothing of what was there can stay, so that all of it has to travel. */
function variantOf(records: number, variant: Variant): Buffer {
  const text = zoneText(largeZone, records).toString('latin1')
  const changed = text.replaceAll(/ (\d+) IN /g, (_, ttlText: string) => ` ${Number(ttlText) + 1 + variant} IN `)
  return Buffer.from(changed.replace(/^(zz-last[^\n]* A )\S+$/m, `$1${lastAddress[variant]}`), 'latin1')
}

async function startOldWay(protocol: Protocol): Promise<TimedSystem> {
  const { api, dns, pids, octetsToEdge, close } = await startOldSystem(protocol)
  const put = (zone: string, host: string, address: string) =>
    api.send('PUT', `/zones/${zone}/rrsets/${host}.${zone}/A`, { ttl, values: [address] })
  return {
    name: `REST + JSON over ${protocol.toUpperCase()}`,
    dns,
    pids: { api: pids[0]!, publisher: pids[1]!, edge: pids[2]! },
    addZone: (zone, text) => api.send('POST', `/zones/${zone}`, text.toString('latin1')),
    change: put,
    // Any change of a zone publishes all of it.
    passLargeZone: (variant) => put(largeZone, 'zz-last', lastAddress[variant]),
    octetsToEdge,
    close,
  }
}
