/** How many octets a response may take. */
import type { Transport } from './responder.ts'

/** RFC 1035 §4.2.1. */
const plainUdpOctets = 512
const maxTcpOctets = 65_535

/** `udpSize` is the client's EDNS buffer, undefined without EDNS; `most` is what we send over UDP at most. */
export function responseLimit(transport: Transport, udpSize: number | undefined, most: number): number {
  if (transport === 'tcp') return maxTcpOctets
  // Values under 512 are taken as 512 (RFC 6891 §6.2.3).
  return udpSize === undefined ? plainUdpOctets : Math.min(Math.max(udpSize, plainUdpOctets), most)
}
