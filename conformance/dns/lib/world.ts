/** The servers that are compared: ours, BIND, Knot and NSD, over the same zone files. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@zonecast/dns-net'
import { startSystem, type System } from '../../lib/system.ts'
import { publishZone } from '../../lib/zones.ts'
import { startPeer, type Peer, type PeerName } from './peers.ts'
import { writeZones } from './sign.ts'

export const peerNames: readonly PeerName[] = ['bind', 'knot', 'nsd']
export type ServerName = 'ours' | PeerName

export interface World {
  readonly system: System
  /** Trust anchors of the signed zones, as delv reads them. */
  readonly anchors: string
  addressOf(server: ServerName): Address
  close(): Promise<void>
}

export const identity = 'edge-1'
export const cookieSecret = 'e5e973e5a6b2a43f48e7dc849e37bfcf'

/** Starts everything and waits until each server answers each zone. */
export async function startWorld(): Promise<World> {
  const system = await startSystem({
    edges: ['edge-1', 'limited', 'strict'],
    env: {
      'edge-1': { ZONECAST_DNS_COOKIES_SECRETS: cookieSecret },
      limited: { ZONECAST_DNS_RATE_LIMIT_RESPONSES_PER_SECOND: '5', ZONECAST_DNS_RATE_LIMIT_LIMIT_LOOPBACK: 'true' },
      strict: {
        ZONECAST_DNS_COOKIES_REQUIRED: 'true',
        ZONECAST_DNS_COOKIES_SECRETS: cookieSecret,
        ZONECAST_DNS_IDENTITY: '',
        ZONECAST_DNS_TCP_IDLE_SECONDS: '1',
        ZONECAST_DNS_TCP_CONNECTIONS_PER_CLIENT: '3',
      },
    },
  })
  const peers: Peer[] = []
  const close = async () => {
    await Promise.all([system.close(), ...peers.map((peer) => peer.close())])
  }
  try {
    const folder = join(system.folder, 'dns')
    mkdirSync(folder)
    const zones = await writeZones(join(folder, 'zones'))
    const options = { folder, zones, identity, cookieSecret }
    await Promise.all([
      ...peerNames.map(async (name) => peers.push(await startPeer(name, options))),
      ...zones.map(({ apex, path }) => publishZone(system, apex, readFileSync(path))),
    ])
    return {
      system,
      anchors: join(folder, 'zones', 'anchors'),
      addressOf: (server) => (server === 'ours' ? system.dnsOf('edge-1') : peers.find(({ name }) => name === server)!.address),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
