/** Changes by DNS UPDATE (RFC 2136) on a TCP connection that stays open. */
import { connect, type Socket } from 'node:net'
import { CLASS, OPCODE, parseName, parseRDATAText, RCODE, TYPE, type Name, typeFromText } from '@zonecast/dns'
import type { Address } from '@zonecast/dns-net'
import type { HostAddress, Lane } from './pair.ts'

const ttl = 60
const timeoutMs = 30_000
const headerOctets = 12

/** An RR to add. */
export interface Addition {
  /** Absolute. */
  readonly owner: string
  readonly type: string
  readonly value: string
}

/** Adds RRs on a connection of its own. */
export async function sendUpdate(server: Address, zone: string, additions: readonly Addition[]): Promise<void> {
  const origin = parseName(zone)
  const parts = additions.flatMap(({ owner, type, value }) => {
    const number = typeFromText(type)!
    const rdata = parseRDATAText(number, value, origin)
    return [parseName(owner), fields(number, CLASS.IN, ttl, rdata.length), rdata]
  })
  const socket = await opened(server)
  try {
    const reply = await exchange(socket, framed(1, origin, additions.length, parts))
    const rcode = reply[3]! & 0xf
    if (rcode !== RCODE.NOERROR) throw new Error(`UPDATE of ${zone} was refused with RCODE ${rcode}`)
  } finally {
    socket.destroy()
  }
}

/** Opens at the first change, and again when the server has closed a quiet connection. */
export function openUpdateLane(server: Address): Lane {
  let socket: Socket | undefined
  let id = 0

  return {
    change: async (zone, hosts) => {
      id = (id + 1) & 0xffff
      const message = updateMessage(id, parseName(zone), hosts)
      // A server closes quiet connections; the end of one may be on its way.
      const reused = socket !== undefined && !socket.destroyed && socket.readable
      if (!reused) socket = await opened(server)
      const reply = await exchange(socket!, message)
      const rcode = reply[3]! & 0xf
      if (reply.readUInt16BE(0) !== id) throw new Error(`UPDATE ${id} was answered with id ${reply.readUInt16BE(0)}`)
      if (rcode !== RCODE.NOERROR) throw new Error(`UPDATE of ${hosts.length} RRsets in ${zone} was refused with RCODE ${rcode}`)
    },
    close: async () => {
      socket?.destroy()
    },
  }
}

async function opened({ host, port }: Address): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true })
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  return socket
}

/** Sends one message and waits for one. */
function exchange(socket: Socket, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let held: Buffer = Buffer.alloc(0)
    const timer = setTimeout(() => done(new Error(`no answer to an UPDATE within ${timeoutMs} ms`)), timeoutMs)
    const onClose = () => done(new Error('the server closed the connection instead of answering an UPDATE'))
    const onData = (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      if (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) done(undefined, held.subarray(2))
    }
    const done = (error?: Error, reply?: Buffer) => {
      clearTimeout(timer)
      socket.off('data', onData).off('close', onClose)
      if (reply) resolve(reply)
      else reject(error!)
    }
    socket.on('data', onData).on('close', onClose)
    socket.write(message)
  })
}

/** The message with its length before it: per host, delete the A RRset, then add one RR (§2.5.2, §2.5.1). */
export function updateMessage(id: number, zone: Name, hosts: readonly HostAddress[]): Buffer {
  const parts: Uint8Array[] = []
  // The zone's name stands right behind the header: owners point to it.
  const pointer = Uint8Array.of(0xc0, headerOctets)
  for (const { host, address } of hosts) {
    const owner = Buffer.concat([parseName(`${host}.`).subarray(0, -1), pointer])
    const rdata = parseRDATAText(TYPE.A, address, zone)
    parts.push(owner, fields(TYPE.A, CLASS.ANY, 0, 0), owner, fields(TYPE.A, CLASS.IN, ttl, rdata.length), rdata)
  }
  return framed(id, zone, 2 * hosts.length, parts)
}

function framed(id: number, zone: Name, rrs: number, parts: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(headerOctets)
  header.writeUInt16BE(id, 0)
  header[2] = OPCODE.UPDATE << 3
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(rrs, 8)
  const message = Buffer.concat([header, zone, fields(TYPE.SOA, CLASS.IN), ...parts])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length, 0)
  return Buffer.concat([length, message])
}

/** Type and class, and for an RR its TTL and RDLENGTH. */
function fields(type: number, rrClass: number, ttlSeconds?: number, rdLength?: number): Buffer {
  const octets = Buffer.alloc(ttlSeconds === undefined ? 4 : 10)
  octets.writeUInt16BE(type, 0)
  octets.writeUInt16BE(rrClass, 2)
  if (ttlSeconds !== undefined) octets.writeUInt32BE(ttlSeconds, 4)
  if (rdLength !== undefined) octets.writeUInt16BE(rdLength, 8)
  return octets
}
