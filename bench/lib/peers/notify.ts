/** NOTIFY (RFC 1996) sent by us: what an operator's script does where a primary waits before it tells its secondaries. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { CLASS, OPCODE, parseName, TYPE } from '@zonecast/dns'
import type { Address } from '@zonecast/dns-net'

export interface Notifier {
  notify(zone: string): void
  close(): void
}

export async function openNotifier({ host, port }: Address): Promise<Notifier> {
  const socket: Socket = createSocket('udp4')
  socket.on('error', () => {})
  socket.connect(port, host)
  await once(socket, 'connect')
  let id = 0
  return {
    notify: (zone) => socket.send(notifyMessage((id = (id + 1) & 0xffff), zone)),
    close: () => void socket.close(),
  }
}

export function notifyMessage(id: number, zone: string): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header[2] = (OPCODE.NOTIFY << 3) | 4
  header.writeUInt16BE(1, 4)
  return Buffer.concat([header, parseName(zone), Uint8Array.of(0, TYPE.SOA, 0, CLASS.IN)])
}
