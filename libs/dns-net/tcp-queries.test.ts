/** A TCP client that asks much at once: answered in full where it reads, in bounded memory, and closed where it does not. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, test } from 'vitest'
import { silentLogger } from '@zonecast/runtime'
import { createDnsServer, type DnsServer } from './index.ts'
import { frame, TcpFrames } from './tcp-frames.ts'
import type { TcpLimits } from './tcp-listener.ts'

/** What the kernel may hold of a connection, both ends; what we may hold is far below. */
const kernelOctets = 16 << 20

let server: DnsServer | undefined
let answered = { count: 0, octets: 0 }
afterEach(() => server?.close())

/** A client of a server whose responses have `size` octets, and begin as their queries do. */
async function open(size: number, limits: Partial<TcpLimits> = {}): Promise<Socket> {
  answered = { count: 0, octets: 0 }
  const respond = (query: Uint8Array) => {
    const bytes = new Uint8Array(size)
    bytes.set(query)
    answered = { count: answered.count + 1, octets: answered.octets + size }
    return { bytes, rcode: 0, truncated: false }
  }
  server = createDnsServer({ respond, log: silentLogger(), limits })
  const [address] = await server.listen([{ host: '127.0.0.1', port: 0 }])
  return connected(address!.port)
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** So many queries of 30 octets that begin with their number. */
function queries(count: number): Buffer {
  const numbered = Array.from({ length: count }, (_, i) => {
    const query = Buffer.alloc(30)
    query.writeUInt16BE(i)
    return frame(query)
  })
  return Buffer.concat(numbered)
}

/** The numbers of the answers that come, until there are so many or the connection ends. */
async function numbersFrom(socket: Socket, count: number, onChunk: (octets: number) => unknown = () => {}): Promise<number[]> {
  const frames = new TcpFrames()
  const numbers: number[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    await onChunk(chunk.length)
    for (const message of frames.push(chunk)) numbers.push(Buffer.from(message).readUInt16BE(0))
    if (numbers.length >= count) break
  }
  return numbers
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

for (const { count, size } of [
  { count: 1_500, size: 1_000 },
  { count: 50, size: 52_000 },
  { count: 1_500, size: 52_000 },
])
  test(`${count} queries in one write get ${count} answers of ${size} octets, in bounded memory`, async () => {
    const socket = await open(size)
    let [received, most] = [0, 0]
    socket.write(queries(count))
    const numbers = await numbersFrom(socket, count, (octets) => {
      most = Math.max(most, answered.octets - received)
      received += octets
    })
    assert.deepEqual(numbers, upTo(count))
    assert.ok(most < kernelOctets, `${most} octets waited`)
  })

test('a client that has said all gets the rest, and then the end', async () => {
  const socket = await open(52_000)
  socket.end(queries(500))
  assert.deepEqual(await numbersFrom(socket, Infinity), upTo(500))
})

test('queries that come while others wait are answered, too', async () => {
  const socket = await open(8_000)
  for (let part = 0; part < 8; part++) {
    socket.write(queries(2_000))
    await pause(5)
  }
  assert.ok(answered.octets < kernelOctets, `${answered.octets} octets of answers before one was read`)
  assert.deepEqual(await numbersFrom(socket, 16_000), Array.from({ length: 8 }, () => upTo(2_000)).flat())
})

test('a client that reads slowly is not closed, though it takes longer than the idle time-out', async () => {
  const idleMilliseconds = 1_000
  const socket = await open(52_000, { idleMilliseconds })
  const begunAt = performance.now()
  socket.write(queries(400))
  let chunks = 0
  const numbers = await numbersFrom(socket, 400, () => (++chunks % 20 === 0 ? pause(idleMilliseconds / 10) : undefined))
  assert.deepEqual(numbers, upTo(400))
  assert.ok(performance.now() - begunAt > idleMilliseconds)
})

test('a client that never reads is closed after the time-out', async () => {
  const socket = await open(52_000, { idleMilliseconds: 100, connectionsPerClient: 1 })
  socket.write(queries(1_500))
  // Another connection from here is served once the server has let go of the first.
  while (!(await isServed(socket.remotePort as number)));
  const made = answered.count
  assert.ok(made * 52_000 < kernelOctets)
  // What is read now is what the kernel held.
  const numbers = await numbersFrom(socket, 1_500).catch(() => [])
  assert.ok(numbers.length < 1_500)
  assert.equal(answered.count, made)
})

async function isServed(port: number): Promise<boolean> {
  const socket = await connected(port)
  socket.end(queries(1))
  return (await numbersFrom(socket, 1).catch(() => [])).length === 1
}
