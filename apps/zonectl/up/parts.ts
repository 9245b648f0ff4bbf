/** The programs of a system on one machine: what each is told by its environment. */
import { createSocket } from 'node:dgram'
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import type { DataFolder } from './data-folder.ts'

export interface Ports {
  readonly zoneApi: number
  readonly publisher: number
  readonly edge: number
  readonly dns: number
}

const defaultBase = 8053

/** The well-known ports, or N, N+1, N+2 and N+10; 0 takes ports that are free. */
export function portsFrom(base: number | undefined): Ports {
  if (base === undefined) return { zoneApi: defaultBase, publisher: defaultBase + 1, edge: defaultBase + 2, dns: 5300 }
  if (base === 0) return { zoneApi: 0, publisher: 0, edge: 0, dns: 0 }
  return { zoneApi: base, publisher: base + 1, edge: base + 2, dns: base + 10 }
}

/** What a program says when it is ready. */
export interface Ready {
  readonly app: string
  readonly pid: number
  readonly port: number
  readonly url: string
  readonly dns?: readonly { readonly host: string; readonly port: number }[]
}

export type App = 'zone-api' | 'publisher' | 'edge-writer'
export type Variables = Readonly<Record<string, string>>

export interface Part {
  readonly name: string
  readonly app: App
  /** Given the addresses of those started before it. */
  readonly variables: (started: ReadonlyMap<string, Ready>) => Variables
}

export const edgeName = 'edge-1'

export interface PartsOptions {
  readonly loopbacks: readonly string[]
  /** With them, everything is spoken over TLS. */
  readonly certificates?: Certificates | undefined
  readonly env?: NodeJS.ProcessEnv
}

/** In the order of their start: each needs the ones before it. */
export function partsOf(
  folder: DataFolder,
  ports: Ports,
  { loopbacks, certificates, env = process.env }: PartsOptions,
): readonly Part[] {
  const token = (principal: string) => join(folder.credentials, `${principal}.token`)
  const urlOf = (started: ReadonlyMap<string, Ready>, name: string) => started.get(name)?.url ?? ''
  return [
    {
      name: 'zone-api',
      app: 'zone-api',
      variables: () => ({
        ZONECAST_SEAL_KEY_FILE: folder.sealKeyFile,
        ...handedOn('zone-api', env),
        ZONECAST_DATA: folder.of('zone-api'),
        ZONECAST_PORT: String(ports.zoneApi),
        ZONECAST_BOOTSTRAP_FILE: folder.bootstrapFile,
        ...serverTLS(certificates, 'zone-api', 'optional'),
      }),
    },
    {
      name: 'publisher',
      app: 'publisher',
      variables: (started) => ({
        ...handedOn('publisher', env),
        ZONECAST_DATA: folder.of('publisher'),
        ZONECAST_PORT: String(ports.publisher),
        ZONECAST_ZONE_API_URL: urlOf(started, 'zone-api'),
        ZONECAST_TOKEN_FILE: token('publisher'),
        // Only edges have something to look for there, and they have certificates.
        ...serverTLS(certificates, 'publisher', 'required'),
        ...clientTLS(certificates, 'publisher'),
      }),
    },
    {
      name: edgeName,
      app: 'edge-writer',
      variables: (started) => ({
        ...handedOn('edge-writer', env),
        ZONECAST_DATA: folder.of(edgeName),
        ZONECAST_PORT: String(ports.edge),
        ZONECAST_DNS_LISTEN: loopbacks.map((host) => `${host}:${ports.dns}`).join(','),
        ZONECAST_EDGE_ID: edgeName,
        ZONECAST_PUBLISHER_URLS: urlOf(started, 'publisher'),
        ZONECAST_TOKEN_FILE: token(edgeName),
        ...serverTLS(certificates, edgeName, 'optional'),
        ...clientTLS(certificates, edgeName),
      }),
    },
  ]
}

/** What a program shows on its port, and whether whoever calls must show something too; people come with a credential alone. */
function serverTLS(certificates: Certificates | undefined, principal: string, clients: 'required' | 'optional'): Variables {
  if (!certificates) return {}
  const { certFile, keyFile } = certificates.of(principal)
  return {
    ZONECAST_TLS_CERT_FILE: certFile,
    ZONECAST_TLS_KEY_FILE: keyFile,
    ZONECAST_TLS_CA_FILE: certificates.caFile,
    ZONECAST_TLS_CLIENT_CERTIFICATES: clients,
  }
}

function clientTLS(certificates: Certificates | undefined, principal: string): Variables {
  if (!certificates) return {}
  const { certFile, keyFile } = certificates.of(principal)
  return { ZONECAST_CA_FILE: certificates.caFile, ZONECAST_CLIENT_CERT_FILE: certFile, ZONECAST_CLIENT_KEY_FILE: keyFile }
}

/** Settings in the environment of `up` that are a program's own, by how they begin; what `up` arranges itself is none of them. */
const settings: Readonly<Record<App, readonly string[]>> = {
  'zone-api': ['NEW_ZONE_', 'DATABASE_', 'HISTORY_', 'KAFKA_', 'CORS_ORIGINS', 'LIMIT_', 'QUOTA_', 'SEAL_KEY_FILE'],
  publisher: ['KAFKA_', 'COMPARE_SECONDS', 'SCRUB_', 'LIMIT_'],
  'edge-writer': ['DNS_', 'SCRUB_', 'LIMIT_'],
}

function handedOn(app: App, env: NodeJS.ProcessEnv): Variables {
  const isOf = (name: string) => settings[app].some((start) => name.startsWith(`ZONECAST_${start}`))
  return Object.fromEntries(Object.entries(env).filter(([name]) => isOf(name))) as Variables
}

/** The ports a part has found, so that a restart takes the same. */
export function samePorts({ port, dns }: Ready): Variables {
  const text = ({ host, port: number }: { host: string; port: number }) => `${host.includes(':') ? `[${host}]` : host}:${number}`
  return { ZONECAST_PORT: String(port), ...(dns && { ZONECAST_DNS_LISTEN: dns.map(text).join(',') }) }
}

/** Loopback addresses of this machine: containers often have no IPv6. */
export async function loopbackHosts(): Promise<string[]> {
  return (await canBind('::1')) ? ['127.0.0.1', '[::1]'] : ['127.0.0.1']
}

function canBind(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp6')
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind({ address: host, port: 0 }, () => socket.close(() => resolve(true)))
  })
}
