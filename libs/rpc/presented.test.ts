/** What is said in the head of a call, however it is said, and what is refused there with a rule and without the secret. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type ClientSessionOptions, connect, type IncomingHttpHeaders } from 'node:http2'
import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, test } from 'vitest'
import { Refusal } from './errors.ts'
import type { Peer } from './peer.ts'
import { type Presented, presentedBy } from './presented.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const basic = (text: string | Uint8Array) => `Basic ${Buffer.from(text).toString('base64')}`
const secret = 'hunter2-hunter2'

for (const { name, rawHeaders, presented } of [
  { name: 'nothing', rawHeaders: ['te', 'trailers', 'user-agent', 'x'], presented: undefined },
  { name: 'Bearer', rawHeaders: ['authorization', 'Bearer zc_a'], presented: { kind: 'token', token: 'zc_a' } },
  {
    name: 'bearer, in lower case',
    rawHeaders: ['Authorization', 'bearer  zc_a=='],
    presented: { kind: 'token', token: 'zc_a==' },
  },
  { name: 'username and password', rawHeaders: ['username', 'ann', 'password', 'a b:c'], presented: passwordOf('ann', 'a b:c') },
  { name: 'Basic', rawHeaders: ['authorization', basic('ann:a b:c')], presented: passwordOf('ann', 'a b:c') },
  { name: 'Basic in UTF-8', rawHeaders: ['authorization', basic('anné:日本 ')], presented: passwordOf('anné', '日本 ') },
] as { name: string; rawHeaders: string[]; presented: Presented | undefined }[])
  test(`${name} is read`, () => assert.deepEqual(presentedBy({ rawHeaders, socket: undefined }).presented, presented))

function passwordOf(username: string, password: string) {
  return { kind: 'password', username, password }
}

const malformed: { name: string; rawHeaders: string[]; rule: RegExp }[] = [
  {
    name: 'authorization twice',
    rawHeaders: ['authorization', `Bearer ${secret}`, 'authorization', 'Bearer b'],
    rule: /one auth/,
  },
  {
    name: 'one of them in capitals',
    rawHeaders: ['authorization', `Bearer ${secret}`, 'Authorization', 'Bearer b'],
    rule: /one/,
  },
  { name: 'authorization and username', rawHeaders: ['username', 'ann', 'authorization', `Bearer ${secret}`], rule: /not both/ },
  { name: 'authorization and password', rawHeaders: ['authorization', 'Bearer b', 'password', secret], rule: /not both/ },
  { name: 'username twice', rawHeaders: ['username', 'ann', 'username', 'bob', 'password', secret], rule: /one username/ },
  { name: 'password twice', rawHeaders: ['username', 'ann', 'password', secret, 'password', 'x'], rule: /one password/ },
  { name: 'username alone', rawHeaders: ['username', secret], rule: /without password/ },
  { name: 'password alone', rawHeaders: ['password', secret], rule: /without username/ },
  { name: 'authorization without anything', rawHeaders: ['authorization', ''], rule: /authorization is empty/ },
  { name: 'an empty username', rawHeaders: ['username', '', 'password', secret], rule: /username is empty/ },
  { name: 'an empty password', rawHeaders: ['username', 'ann', 'password', ''], rule: /password is empty/ },
  {
    name: 'Basic with an empty username',
    rawHeaders: ['authorization', basic(`:${secret}`)],
    rule: /username in Basic is empty/,
  },
  { name: 'Basic with an empty password', rawHeaders: ['authorization', basic('ann:')], rule: /password in Basic is empty/ },
  { name: 'Basic without a colon', rawHeaders: ['authorization', basic(secret)], rule: /username:password/ },
  { name: 'Basic that is not base64', rawHeaders: ['authorization', `Basic ann:${secret}`], rule: /base64/ },
  { name: 'base64 with more behind it', rawHeaders: ['authorization', `${basic('ann:b')} ${secret}`], rule: /base64/ },
  { name: 'base64 without its padding', rawHeaders: ['authorization', basic('ann:b').replaceAll('=', '')], rule: /base64/ },
  { name: 'Basic that is not UTF-8', rawHeaders: ['authorization', basic(Buffer.from('ann:\xff\xfe', 'latin1'))], rule: /UTF-8/ },
  { name: 'a NUL in Basic', rawHeaders: ['authorization', basic(`ann:${secret}\0`)], rule: /control characters/ },
  { name: 'a line feed in Basic', rawHeaders: ['authorization', basic(`ann\n:${secret}`)], rule: /control characters/ },
  { name: 'metadata beyond ASCII', rawHeaders: ['username', 'ann\xe9', 'password', secret], rule: /printable ASCII/ },
  {
    name: 'a control character in metadata',
    rawHeaders: ['username', 'ann', 'password', `${secret}\t`],
    rule: /printable ASCII/,
  },
  { name: 'Bearer without a token', rawHeaders: ['authorization', 'Bearer'], rule: /one token/ },
  { name: 'Bearer with two tokens', rawHeaders: ['authorization', `Bearer a ${secret}`], rule: /one token/ },
  { name: 'two joined by a proxy', rawHeaders: ['authorization', `Bearer ${secret}, Bearer b`], rule: /one token/ },
  { name: 'a token without a scheme', rawHeaders: ['authorization', secret], rule: /Bearer or Basic/ },
  { name: 'another scheme', rawHeaders: ['authorization', `Digest ${secret}`], rule: /Bearer or Basic/ },
  { name: 'authorization-bin', rawHeaders: ['authorization-bin', secret], rule: /-bin is not taken/ },
  { name: 'username-bin', rawHeaders: ['username-bin', secret, 'authorization', 'Bearer b'], rule: /-bin is not taken/ },
  { name: 'password-bin', rawHeaders: ['username', 'ann', 'password-bin', secret], rule: /-bin is not taken/ },
  { name: 'more than 4096 octets', rawHeaders: ['authorization', `Bearer ${secret.repeat(400)}`], rule: /at most 4096 octets/ },
]

for (const { name, rawHeaders, rule } of malformed)
  test(`${name} is refused by a rule that is named, and the secret is not`, () => {
    assert.throws(
      () => presentedBy({ rawHeaders, socket: undefined }),
      (error) => {
        assert.ok(error instanceof Refusal)
        assert.equal(error.code, Code.Unauthenticated)
        assert.match(error.message, rule)
        assert.ok(!JSON.stringify([error.message, error.details.map(({ value }) => value)]).includes('hunter2'))
        return true
      },
    )
  })

const shown = {
  fingerprint256: 'AB:CD',
  subject: 'C=XX\nCN=edge-1',
  subjectAltName: 'DNS:a, URI:"x,y"',
  validTo: 'Jan  1 00:00:00 2030 GMT',
}
const socketWith = (more: object) =>
  ({ remoteAddress: '::ffff:192.0.2.7', authorized: true, getPeerX509Certificate: () => shown, ...more }) as never
const ofConnection: Peer = {
  address: '192.0.2.7',
  certificate: {
    sha256: new Uint8Array([0xab, 0xcd]),
    subjects: ['DNS:a', 'URI:"x,y"', 'CN=edge-1'],
    notAfterMs: Date.UTC(2030, 0, 1),
  },
}

test('the certificate of the connection counts where the call says nothing', () => {
  const { presented, peer } = presentedBy({ rawHeaders: [], socket: socketWith({}) })
  assert.deepEqual(peer, ofConnection)
  assert.deepEqual(presented, { kind: 'certificate', certificate: ofConnection.certificate })
  const said = presentedBy({ rawHeaders: ['authorization', 'Bearer a'], socket: socketWith({}) })
  assert.deepEqual(said.presented, { kind: 'token', token: 'a' })
})

for (const { name, socket } of [
  { name: 'that was not verified', socket: { authorized: false } },
  { name: 'that was not shown', socket: { getPeerX509Certificate: () => undefined } },
])
  test(`a certificate ${name} does not count`, () =>
    assert.equal(presentedBy({ rawHeaders: [], socket: socketWith(socket) }).presented, undefined))

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const onWire = malformed.filter(({ rawHeaders }) => rawHeaders.every((text) => /^[ -~]*$/.test(text)))

/** A call of HTTP/1.1 whose fields are sent as they stand here; gives whatever comes back. */
async function overHTTP1(path: string, type: string, rawHeaders: readonly string[]): Promise<string> {
  const headers = ['host', 'a', 'content-type', type, 'content-length', '0', ...rawHeaders]
  const sent = request({ port: server.port, method: 'POST', path, headers }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return `${JSON.stringify(answer.headers)}${await textOf(answer)}`
}

/** The same over HTTP/2. */
async function overHTTP2(path: string, type: string, rawHeaders: readonly string[]): Promise<string> {
  const session = connect(server.url, { strictSingleValueFields: false } as ClientSessionOptions)
  try {
    const head = [':method', 'POST', ':path', path, 'content-type', type, 'te', 'trailers', ...rawHeaders]
    const stream = session.request(head, { endStream: true })
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    return `${JSON.stringify(answer)}${await textOf(stream)}`
  } finally {
    session.destroy()
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
  return text
}

for (const { name, rawHeaders } of onWire)
  test(`on the wire: ${name} reaches no handler, in gRPC, gRPC-Web and Connect`, async () => {
    for (const method of ['zone.v1.ZoneService/GetZone', 'zone.v1.ZoneService/ExportZone', 'zone.v1.ContentService/Fetch']) {
      const connectType = method.endsWith('GetZone') ? 'application/proto' : 'application/connect+proto'
      for (const type of ['application/grpc', 'application/grpc-web+proto', connectType])
        for (const call of type === 'application/grpc' || method.endsWith('Fetch') ? [overHTTP2] : [overHTTP1, overHTTP2]) {
          const said = await call(`/zonecast.${method}`, type, rawHeaders)
          assert.match(said, /grpc-status("|: ?)?:?"?16|"unauthenticated"/, `${call.name} ${type} ${method}`)
          assert.ok(!said.includes('hunter2'))
        }
    }
    assert.ok(!JSON.stringify(server.lines).includes('hunter2'))
    assert.deepEqual(server.called, [])
  })

test('a credential of 1 MiB ends its connection or is refused, and others are served', async () => {
  const header = { authorization: `Bearer ${'a'.repeat(1024 * 1024)}` }
  const session = connect(server.url, { maxSendHeaderBlockLength: 4 * 1024 * 1024 })
  session.on('error', () => {})
  const stream = session.request({ ':method': 'POST', ':path': '/zonecast.zone.v1.ZoneService/GetZone', ...header })
  stream.on('error', () => {})
  let status: unknown
  stream.on('response', (head) => (status = head['grpc-status'] ?? head[':status']))
  await new Promise((resolve) => stream.on('close', resolve))
  assert.ok(['16', 431, undefined].includes(status as never), String(status))
  session.destroy()
  const said = await overHTTP1('/zonecast.zone.v1.ZoneService/GetZone', 'application/json', ['authorization', 'Bearer zc_wrong'])
  assert.match(said, /"unauthenticated"/)
  assert.deepEqual(server.called, [])
})
