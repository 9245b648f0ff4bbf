/** Connections that fall silent, and those that nobody needs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Stream, createServer, type Http2Server } from 'node:http2'
import { type AddressInfo, connect, createServer as createTCPServer, type Server, type Socket } from 'node:net'
import { afterEach, test } from 'vitest'
import { type PoolOptions, RoundRobinPool } from './pool.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close()
})

async function listening<T extends Server | Http2Server>(server: T): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A server behind a wire that can be cut without either side hearing of it. It answers `/answer` alone; `asked` counts its streams. */
async function wired() {
  const asked = { count: 0 }
  const server = createServer()
  server.on('session', (session) => session.on('error', () => {}))
  server.on('stream', (stream, { ':path': path }) => {
    asked.count++
    stream.on('error', () => {})
    if (path === '/answer') stream.respond({ ':status': 200 }, { endStream: true })
  })
  const behind = await listening(server)
  const ends: Socket[] = []
  const wire = createTCPServer((near) => {
    const far = connect(behind, '127.0.0.1')
    ends.push(near, far)
    for (const end of [near, far]) end.on('error', () => {}).once('close', () => (near.destroy(), far.destroy()))
    near.pipe(far).pipe(near)
  })
  const port = await listening(wire)
  closers.push(() => ends.forEach((end) => end.destroy()))
  const silence = () => ends.splice(0).forEach((end) => end.unpipe().pause())
  return { port, server, wire, asked, silence }
}

function poolOf(ports: readonly number[], options: PoolOptions): RoundRobinPool {
  const resolve = async () => ports.map((port) => ({ address: '127.0.0.1', port }))
  const pool = new RoundRobinPool('http://zone-api.test:1', { resolve, ...options })
  closers.push(() => pool.close())
  return pool
}

async function open(pool: RoundRobinPool, path: string): Promise<ClientHttp2Stream> {
  return (await pool.request('GET', path, {}, {})).on('error', () => {}).resume()
}

const answered = async (pool: RoundRobinPool) => once(await open(pool, '/answer'), 'close')

test('one that falls silent with a stream open is ended', async () => {
  const { port, server, silence } = await wired()
  const pool = poolOf([port], { pingIntervalMs: 20, pingTimeoutMs: 50, doubtMs: 20 })
  const stream = await open(pool, '/never')
  await once(server, 'stream')
  silence()
  await once(stream, 'close')
})

test('one that owes an answer gets no calls while there are others', async () => {
  const [silent, other] = [await wired(), await wired()]
  const pool = poolOf([silent.port, other.port], { pingIntervalMs: 20, pingTimeoutMs: 60_000 })
  while (silent.asked.count === 0 || other.asked.count === 0) await answered(pool)
  const here = poolOf([other.port], {})
  // One of the two goes to each.
  for (let stream = 0; stream < 2; stream++) await open(pool, '/never')
  silent.silence()
  while (!pool.states.includes('doubtful')) await answered(here)
  for (let call = 0; call < 6; call++) await answered(pool)
})

test('one that was silent for long is asked before it is used, and replaced where it says nothing', async () => {
  const { port, wire, silence } = await wired()
  const pool = poolOf([port], { staleMs: 20, doubtMs: 20 })
  await answered(pool)
  silence()
  const other = poolOf([(await wired()).port], {})
  for (const quietAt = performance.now(); performance.now() - quietAt < 40;) await answered(other)
  const replaced = once(wire, 'connection')
  await answered(pool)
  await replaced
})

test('one that nobody uses is closed', async () => {
  const { port, server } = await wired()
  const pool = poolOf([port], { idleMs: 1 })
  const connected = once(server, 'session')
  await answered(pool)
  const [session] = await connected
  if (!session.closed) await once(session, 'close')
})

test('an address that takes connections and says nothing is given up in time', async () => {
  const pool = poolOf([await listening(createTCPServer())], { connectTimeoutMs: 30 })
  await assert.rejects(open(pool, '/answer'), /no answer within 30 ms/)
})
