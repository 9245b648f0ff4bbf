/** Floods of frames: each costs whoever sends it the connection, and nobody else anything. */
import { afterAll, beforeAll, test } from 'vitest'
import { inspectable } from '../lib/heaps.ts'
import { startSystem, type System } from '../lib/system.ts'
import { bomb, fields, FLAG, frame, message, settings, TYPE, word } from './http2-frames.ts'
import { RawConnection } from './raw-connection.ts'
import { type Target, targetOf } from './under-attack.ts'

const apps = ['zone-api', 'publisher', 'edge-1']
const attackMs = 1_000
const connectionsAtOnce = 4

let system: System
const targets = new Map<string, Target>()

beforeAll(async () => {
  system = await startSystem({ flags: inspectable })
  for (const app of apps) targets.set(app, await targetOf(system, app))
})
afterAll(async () => {
  for (const target of targets.values()) await target.close()
  await system?.close()
})

const request = (token: string, more: Record<string, string> = {}) =>
  fields({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/zonecast.access.v1.AccessService/WhoAmI',
    ':authority': 'a',
    'content-type': 'application/grpc',
    authorization: `Bearer ${token}`,
    ...more,
  })

interface Flood {
  readonly name: string
  /** Octets to send; `stream` is a number that no stream had yet. */
  readonly octets: (stream: number, token: string) => Buffer
  /** Sent once, first. */
  readonly first?: (token: string) => Buffer
}

const opened = (token: string, stream: number, flags = FLAG.END_HEADERS) => frame(TYPE.HEADERS, flags, stream, request(token))

const floods: Flood[] = [
  {
    name: 'rapid reset (CVE-2023-44487)',
    octets: (stream, token) => Buffer.concat([opened(token, stream), frame(TYPE.RST_STREAM, 0, stream, word(8))]),
  },
  {
    name: 'made you reset, by windows that open by nothing (CVE-2025-8671)',
    octets: (stream, token) => Buffer.concat([opened(token, stream), frame(TYPE.WINDOW_UPDATE, 0, stream, word(0))]),
  },
  {
    name: 'made you reset, by windows that overflow (CVE-2025-8671)',
    octets: (stream, token) => Buffer.concat([opened(token, stream), frame(TYPE.WINDOW_UPDATE, 0, stream, word(0x7fff_ffff))]),
  },
  {
    name: 'made you reset, by data after the end (CVE-2025-8671)',
    octets: (stream, token) =>
      Buffer.concat([opened(token, stream, FLAG.END_HEADERS | FLAG.END_STREAM), frame(TYPE.DATA, 0, stream, Buffer.alloc(10))]),
  },
  {
    name: 'made you reset, by streams that depend on themselves (CVE-2025-8671)',
    octets: (stream, token) =>
      Buffer.concat([opened(token, stream), frame(TYPE.PRIORITY, 0, stream, Buffer.concat([word(stream), Buffer.of(1)]))]),
  },
  {
    name: 'CONTINUATION (CVE-2024-27316)',
    first: (token) => frame(TYPE.HEADERS, 0, 1, request(token)),
    octets: () => frame(TYPE.CONTINUATION, 0, 1, fields({ a: 'b' })),
  },
  { name: 'PING (CVE-2019-9512)', octets: () => frame(TYPE.PING, 0, 0, Buffer.alloc(8)) },
  { name: 'SETTINGS (CVE-2019-9515)', octets: () => settings({ 4: 65_535 }) },
  { name: 'empty SETTINGS', octets: () => settings() },
  {
    name: 'empty DATA (CVE-2019-9518)',
    first: (token) => opened(token, 1),
    octets: () => frame(TYPE.DATA, 0, 1),
  },
  {
    name: 'PRIORITY (CVE-2019-9513)',
    octets: (stream) => frame(TYPE.PRIORITY, 0, stream, Buffer.concat([word(0), Buffer.of(1)])),
  },
  { name: 'WINDOW_UPDATE of the connection', octets: () => frame(TYPE.WINDOW_UPDATE, 0, 0, word(1)) },
  { name: 'frames of an unknown type', octets: () => frame(0x77, 0, 0, Buffer.alloc(8)) },
  {
    name: 'HPACK bomb',
    octets: (stream, token) =>
      frame(
        TYPE.HEADERS,
        FLAG.END_HEADERS | FLAG.END_STREAM,
        stream,
        Buffer.concat([request(token), bomb('x', 'y'.repeat(3_900), 10_000)]),
      ),
  },
  {
    name: 'calls that end in the middle of a message',
    octets: (stream, token) =>
      Buffer.concat([
        opened(token, stream),
        frame(TYPE.DATA, FLAG.END_STREAM, stream, message(Buffer.of(1), { length: 1 << 30 })),
      ]),
  },
]

/** All programs have one and the same server: at the others, one flood of each kind. */
const everywhere = /rapid reset|by nothing|CONTINUATION|PING|HPACK/
for (const app of apps)
  for (const flood of floods.filter(({ name }) => app === 'zone-api' || everywhere.test(name)))
    test(`${app}: ${flood.name}`, () => {
      const target = targets.get(app)!
      return target.during(flood.name, () => floodWith(target, flood))
    })

/** Several connections send as fast as they can; where one is closed, the next comes. */
async function floodWith({ port, token }: Target, flood: Flood): Promise<string> {
  const endMs = performance.now() + attackMs
  const ends = new Map<string, number>()
  let frames = 0
  const attackOnce = async () => {
    const connection = await RawConnection.open({ port })
    let stream = 1
    let open = flood.first === undefined || (await connection.send(flood.first(token)))
    while (open && performance.now() < endMs) {
      const burst: Buffer[] = []
      for (let size = 0; size < 16_384;) {
        const octets = flood.octets(stream, token)
        burst.push(octets)
        size += octets.length
        stream += 2
        frames++
      }
      open = await connection.send(Buffer.concat(burst))
      // What comes back is to be read, too.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const end = connection.goaway ?? (open ? 'still open' : 'closed without a word')
    ends.set(end, (ends.get(end) ?? 0) + 1)
    connection.close()
  }
  const attacker = async () => {
    while (performance.now() < endMs) await attackOnce()
  }
  await Promise.all(Array.from({ length: connectionsAtOnce }, attacker))
  const told = [...ends].map(([end, count]) => `${count} × ${end}`).join(', ')
  return `${frames} times on ${[...ends.values()].reduce((sum, count) => sum + count, 0)} connections: ${told}`
}
