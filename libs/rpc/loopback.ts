/** Hosts that are this machine, whatever the network does. */
import { isIP } from 'node:net'
import { bareHost } from './bare-host.ts'

/** True for `localhost`, 127.0.0.0/8 and ::1, the last with brackets or without. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host)
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}
