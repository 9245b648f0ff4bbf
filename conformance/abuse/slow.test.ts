/** Clients that take their time, and clients that are very many: none of them keeps another from being served. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import { WatchRequestSchema } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { ListRRsetsRequestSchema } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import {
  ExportZoneRequestSchema,
  ImportZoneRequestSchema,
  ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcTransport } from '@zonecast/rpc'
import { afterAll, afterEach, beforeAll, test } from 'vitest'
import { inspectable } from '../lib/heaps.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { importZone, smallZone } from '../lib/zones.ts'
import { fields, FLAG, frame, message, TYPE } from './http2-frames.ts'
import { RawConnection, type RawOptions } from './raw-connection.ts'
import { type Target, targetOf } from './under-attack.ts'

/** Shorter than by default, so that nobody waits for long. */
const limits = {
  ZONECAST_LIMIT_HEADER_SECONDS: '2',
  ZONECAST_LIMIT_BODY_SECONDS: '2',
  ZONECAST_LIMIT_PING_SECONDS: '2',
}
const zone = 'large.example.'
const streams = 100
/** Another address of this machine. */
const elsewhere = '127.0.0.2'
/** So long a client clings to what it has, longer than a body may take: that time is the attack. */
const clingMs = 3_000
/** An octet that often is slow, and still something that came. */
const dripMs = 100

let system: System
let target: Target
/** Open until a test has ended: what is looked at after an attack is looked at with all of it in place. */
const held: Socket[] = []
afterEach(() => {
  for (const socket of held.splice(0)) socket.destroy()
})

beforeAll(async () => {
  system = await startSystem({ edges: [], publishers: [], env: { 'zone-api': limits }, flags: inspectable })
  const records = Array.from({ length: 40_000 }, (_, i) => `name-${i} 60 IN TXT "${'x'.repeat(200)}"`)
  await importZone(system.client(ZoneService), { zone }, `${smallZone}${records.join('\n')}\n`)
  target = await targetOf(system, 'zone-api')
})
afterAll(async () => {
  await target?.close()
  await system?.close()
})

async function many<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, make))
}

async function openMany(count: number, options: Omit<RawOptions, 'port'> = {}): Promise<RawConnection[]> {
  const connections = await many(count, () => RawConnection.open({ port: target.port, ...options }))
  held.push(...connections.map(({ socket }) => socket))
  return connections
}

/** The head of a call as it stands in HEADERS. */
function callTo(path: string): Buffer {
  return fields({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': `/zonecast.${path}`,
    ':authority': 'a',
    'content-type': 'application/grpc',
    authorization: `Bearer ${target.token}`,
  })
}

/** Opens as many calls as a connection bears, with what each says first. */
async function fill(connection: RawConnection, path: string, said: Uint8Array, flags = 0): Promise<void> {
  for (let index = 0; index < streams; index++) {
    const stream = index * 2 + 1
    const head = frame(TYPE.HEADERS, FLAG.END_HEADERS, stream, callTo(path))
    const parts = [
      head,
      ...pieces(said).map((piece, at, all) => frame(TYPE.DATA, at === all.length - 1 ? flags : 0, stream, piece)),
    ]
    if (!(await connection.send(Buffer.concat(parts)))) return
  }
}

/** As large as a frame may be. */
function pieces(octets: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(octets.length / 16_384) }, (_, i) => octets.subarray(i * 16_384, (i + 1) * 16_384))
}

function ends(connections: readonly RawConnection[]): string {
  const open = connections.filter(({ closed }) => !closed).length
  const codes = new Set(connections.flatMap(({ goaway }) => goaway ?? []))
  return `${connections.length} connections, ${open} still open${codes.size > 0 ? `, ${[...codes].join(', ')}` : ''}`
}

async function socketTo(port: number, from?: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', ...(from !== undefined && { localAddress: from }) })
  held.push(socket)
  socket.on('error', () => {}).resume()
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
  return socket
}

/** An octet now and then, until the other side has had enough. */
async function drip(socket: Socket, octets: string): Promise<void> {
  for (let at = 0; !socket.destroyed; at = (at + 1) % octets.length) {
    socket.write(octets[at]!)
    await pause(dripMs)
  }
}

for (const { name, octets } of [
  {
    name: 'heads of HTTP/1.1 that come octet by octet',
    octets: 'POST / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\nI: j\r\nK: l\r\nM: n\r\nO: p\r\n',
  },
  { name: 'prefaces of HTTP/2 that come octet by octet', octets: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r' },
])
  test(`zone-api: ${name}`, () =>
    target.during(name, async () => {
      const sockets = await many(200, () => socketTo(target.port))
      const startedMs = performance.now()
      await Promise.all(sockets.map((socket) => drip(socket, octets)))
      return `200 connections, all closed within ${(performance.now() - startedMs).toFixed(0)} ms`
    }))

test('zone-api: a head of HTTP/2 that never ends', () =>
  target.during('a head of HTTP/2 that never ends', async () => {
    const connections = await openMany(50, { mute: true })
    for (const connection of connections) await connection.send(frame(TYPE.HEADERS, 0, 1, callTo('zone.v1.ZoneService/GetZone')))
    await until('they are closed', () => connections.every(({ closed }) => closed))
    return ends(connections)
  }))

test('zone-api: bodies of gRPC that never end', () =>
  target.during('bodies of gRPC that never end', async () => {
    const connections = await openMany(3)
    for (const connection of connections) await fill(connection, 'zone.v1.ZoneService/GetZone', Buffer.of(0, 0, 0))
    await until('each is answered', () => connections.every(({ came }) => (came.get(TYPE.HEADERS) ?? 0) >= streams))
    return `${ends(connections)}, each of ${streams} calls on each ended by the server`
  }))

test('zone-api: messages that stop before their last octet', () =>
  target.during('messages that stop before their last octet', async () => {
    const connections = await openMany(3)
    // Within the window of the connection: what is missing is missed, and nothing else is wrong.
    const said = message(Buffer.alloc(500), { length: 1_000 })
    await Promise.all(connections.map((connection) => fill(connection, 'zone.v1.ZoneService/ImportZone', said)))
    await pause(clingMs)
    assert.ok(connections.every(({ goaway }) => goaway === undefined))
    return ends(connections)
  }))

test('zone-api: large messages that heed no window', () =>
  target.during('large messages that heed no window', async () => {
    const connections = await openMany(3)
    const said = message(Buffer.alloc(400_000), { length: 1_000_000 })
    // Whoever sends faster than it is read is cut off; whoever does not has many large messages that stop.
    await Promise.all(
      connections.map((connection) => Promise.race([fill(connection, 'zone.v1.ZoneService/ImportZone', said), pause(clingMs)])),
    )
    return ends(connections)
  }))

for (const { name, path, said } of [
  {
    name: 'answers that nobody takes',
    path: 'zone.v1.RecordService/ListRRsets',
    said: toBinary(ListRRsetsRequestSchema, create(ListRRsetsRequestSchema, { zone, pageSize: 1000 })),
  },
  {
    name: 'streams that nobody takes',
    path: 'zone.v1.ZoneService/ExportZone',
    said: toBinary(ExportZoneRequestSchema, create(ExportZoneRequestSchema, { zone })),
  },
])
  test(`zone-api: ${name}`, () =>
    target.during(name, async () => {
      const connections = await openMany(3, { settings: { 4: 0 } })
      await Promise.all(connections.map((connection) => fill(connection, path, message(said), FLAG.END_STREAM)))
      await pause(clingMs)
      const octets = connections.reduce((sum, { data }) => sum + data, 0)
      assert.equal(octets, 0)
      return ends(connections)
    }))

test('zone-api: connections full of open streams', () =>
  target.during('connections full of open streams', async () => {
    const positions = Array.from({ length: 64 }, (_, shard) => ({ shard, position: 0n }))
    const said = toBinary(WatchRequestSchema, create(WatchRequestSchema, { positions }))
    const begun = toBinary(
      ImportZoneRequestSchema,
      create(ImportZoneRequestSchema, { part: { case: 'header', value: { zone } } }),
    )
    const connections = await openMany(6)
    await Promise.all(
      connections.map((connection, index) =>
        index % 2 === 0
          ? fill(connection, 'event.v1.EventService/Watch', message(said), FLAG.END_STREAM)
          : fill(connection, 'zone.v1.ZoneService/ImportZone', message(begun)),
      ),
    )
    await pause(clingMs)
    return `${streams} streams on each of ${ends(connections)}`
  }))

test('zone-api: a connection that answers nothing and reads nothing', () =>
  target.during('a connection that answers nothing and reads nothing', async () => {
    const connections = await openMany(50, { deaf: true })
    for (const connection of connections)
      for (let at = 0; at < 100; at++) await connection.send(frame(TYPE.PING, 0, 0, Buffer.alloc(8)))
    for (const { socket } of connections) await once(socket.resume(), 'close')
    return ends(connections)
  }))

test('zone-api: very many connections from one address', () =>
  target.during('very many connections from one address', async () => {
    const before = target.files()
    await many(3_000, () => socketTo(target.port, elsewhere))
    await until('no more are left than may be', () => target.files() <= before + 1_024)
    const left = target.files() - before
    // Whoever comes from another address is still let in; how long answers take, `during` looks at.
    const transport = createRpcTransport({ url: `http://127.0.0.1:${target.port}`, token: target.token })
    await createRpcClient(ZoneService, transport).listZones({})
    transport.close()
    return `of 3000, ${left} were left open`
  }))
