/** Where the edge reaches its own server. */
import type { Address } from '@zonecast/dns-net'

/** A server that listens everywhere is reached on loopback. */
export function reachable({ host, port }: Address): Address {
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port }
}
