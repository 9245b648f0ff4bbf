/** What the old way is measured against, behind one face: ours, and REST + JSON over two protocols. */
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { Address } from '@zonecast/dns-net'
import { startSystem } from '../../conformance/lib/system.ts'
import { startProxy, type TcpProxy } from '../../conformance/lib/tcp-proxy.ts'
import { importZone } from '../../conformance/lib/zones.ts'
import type { Protocol } from './contract.ts'
import { startOldSystem } from './old-system.ts'
import { lastAddress, type Passes, startPasses, type Variant } from './passes.ts'

export interface TimedSystem {
  readonly name: string
  readonly dns: Address
  /** Process ids of the zone API, the publisher and the edge. */
  readonly pids: { readonly api: number; readonly publisher: number; readonly edge: number }
  /** Resolves when it is committed; edges answer it later. */
  addZone(zone: string, text: Buffer): Promise<unknown>
  /** Replaces the address of one host; resolves when it is committed. */
  change(zone: string, host: string, address: string): Promise<unknown>
  /**
   * Makes ready what sends the whole large zone, which is there, to the edge once more, in one of two variants: `zz-last` tells them apart.
   */
  largeZonePasses(): Promise<(variant: Variant) => Promise<unknown>>
  /** Octets from the publisher to the edge so far; NaN where they are not counted. */
  octetsToEdge(): Promise<number>
  close(): Promise<void>
}

export const largeZone = 'million.example.'

export interface TimedSystemOptions {
  readonly records: number
  /** Ours is counted by a proxy in the program that measures, which costs it time. */
  readonly countsOctets: boolean
}

/** In the order in which they are measured in each round. */
export const timedSystems = (options: TimedSystemOptions): readonly (() => Promise<TimedSystem>)[] => [
  () => startOurs(options),
  () => startOldWay('http/1.1'),
  () => startOldWay('http/2'),
]

const ttl = 60

async function startOurs({ records, countsOctets }: TimedSystemOptions): Promise<TimedSystem> {
  let link: TcpProxy | undefined
  let passes: Passes | undefined
  const publisherUrl = async (port: number) => {
    link = await startProxy(port)
    return link.url
  }
  const system = await startSystem(countsOctets ? { publisherUrl } : {})
  const recordService = system.client(RecordService)
  const zoneService = system.client(ZoneService)
  return {
    name: 'zonecast (gRPC over HTTP/2)',
    dns: system.dnsOf('edge-1'),
    pids: {
      api: system.app('zone-api').ready.pid,
      publisher: system.app('publisher').ready.pid,
      edge: system.app('edge-1').ready.pid,
    },
    addZone: async (zone, text) => {
      const { errors, effect } = await importZone(zoneService, { zone }, text)
      if (!effect) throw new Error(`${zone} was refused: ${errors[0]?.message}`)
    },
    change: (zone, host, address) => {
      const value = { name: host, type: 'A', ttl, values: [address] }
      return recordService.applyChanges({ zone, changes: [{ operation: { case: 'put', value } }] })
    },
    largeZonePasses: async () => {
      const url = `http://127.0.0.1:${system.app('zone-api').ready.port}`
      const { pass } = (passes = await startPasses({ url, token: system.tokens['administrator']!, zone: largeZone, records }))
      return pass
    },
    octetsToEdge: async () => link?.received() ?? Number.NaN,
    close: async () => {
      await passes?.close()
      await system.close()
      await link?.close()
    },
  }
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
    largeZonePasses: async () => (variant) => put(largeZone, 'zz-last', lastAddress[variant]),
    octetsToEdge,
    close,
  }
}
