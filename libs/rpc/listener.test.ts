/** The first octets of a connection decide its protocol, however they arrive. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHTTP2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ limits: { headerTimeoutMs: 300 } })
})
afterAll(() => server.close())

async function open(): Promise<Socket> {
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** A connection whose first octets are sent in two parts, the second after the first has left. */
function splitAt(socket: Socket, position: number): Duplex {
  let sent = 0
  const duplex = new Duplex({
    read: () => void socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      const cut = position - sent
      sent += chunk.length
      if (cut <= 0 || cut >= chunk.length) return void socket.write(chunk, done)
      socket.write(chunk.subarray(0, cut), () => setImmediate(() => socket.write(chunk.subarray(cut), done)))
    },
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk) => duplex.push(chunk)).on('end', () => duplex.push(null))
  return duplex
}

test('an HTTP/2 preface may be cut at every octet', async () => {
  for (let position = 1; position <= 24; position++) {
    const socket = await open()
    const session = connectHTTP2(server.url, { createConnection: () => splitAt(socket, position) })
    const stream = session.request({ ':path': '/healthz' })
    const [headers] = await once(stream, 'response')
    assert.equal(headers[':status'], 200, `cut after ${position}`)
    session.destroy()
  }
})

for (const { name, head } of [
  { name: 'an ordinary request', head: 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n' },
  { name: 'a request that begins like the preface', head: 'PRI /healthz HTTP/1.1\r\nHost: a\r\n\r\n' },
])
  test(`HTTP/1.1: ${name} is answered by the HTTP/1.1 server`, async () => {
    const socket = await open()
    for (const octet of head) socket.write(octet)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 (200|400|404)/)
    socket.destroy()
  })

for (const { name, octets } of [
  { name: 'words', octets: 'INVALID CONNECTION PREFACE\r\n\r\n' },
  { name: 'the hello of TLS', octets: '\x16\x03\x01\x02\x00\x01' },
  { name: 'zeros', octets: '\0'.repeat(64) },
])
  test(`what is no HTTP at all is closed without an answer: ${name}`, async () => {
    const socket = await open()
    let answered = 0
    socket.on('data', (chunk: Buffer) => (answered += chunk.length))
    socket.write(Buffer.from(octets, 'latin1'))
    await once(socket, 'close')
    assert.equal(answered, 0)
  })

test('a bad request behind a good one is told so', async () => {
  const socket = await open()
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += String(chunk)))
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(socket, 'data')
  socket.write('NONSENSE\r\n\r\n')
  await once(socket, 'close')
  assert.match(text, /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 400 /)
})

test('a client that sends "PR" and waits costs no CPU and is dropped', async () => {
  const socket = await open()
  const before = process.cpuUsage()
  socket.write('PR')
  await once(socket.resume(), 'close')
  const { user, system } = process.cpuUsage(before)
  assert.ok(user + system < 200_000, `${user + system} µs of CPU in 300 ms`)
})

test('a client that leaves before it has said anything is forgotten', async () => {
  const socket = await open()
  socket.end()
  await once(socket.resume(), 'close')
})
