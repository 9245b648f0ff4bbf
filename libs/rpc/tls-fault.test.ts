/** Connections that must not be, each with what its client is told. */
import { ConnectError } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, test } from 'vitest'
import { createRpcClient, createRpcTransport, type RpcClientOptions } from './client.ts'
import { describeError, exitCodeOf } from './describe-error.ts'
import { TestCertificates } from './test-certificates.ts'
import { startTestServer } from './test-server.ts'
import { TLSFault, tlsFaultOf } from './tls-fault.ts'
import type { ServerTLS } from './tls-listener.ts'

const made = new TestCertificates()
afterAll(() => made.remove())
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const dayMs = 86_400_000
const ca = made.authority()
const server = made.issue('server')
const client = made.issue('client')

async function serve(tls: ServerTLS | undefined) {
  const started = await startTestServer(tls ? { tls } : {})
  ends.push(() => started.close())
  return started
}

async function ask(url: string, options: Partial<RpcClientOptions>): Promise<string | undefined> {
  const transport = createRpcTransport({ url, token: 'zc_admin', ...options })
  ends.push(() => transport.close())
  return (await createRpcClient(ZoneService, transport).getZone({ zone: 'a.' })).zone?.name
}

interface Row {
  readonly name: string
  readonly tls?: () => Partial<ServerTLS>
  readonly shown?: () => RpcClientOptions['tls']
  readonly says: RegExp
  readonly advises: RegExp
  readonly exitCode: number
}

const rows: readonly Row[] = [
  {
    name: 'a server of another authority',
    tls: () => made.issue('stranger', { authority: 'other' }),
    says: /^127\.0\.0\.1:\d+ is not trusted: its certificate was signed by no authority in .*ca\.ca$/,
    advises: /--ca FILE/,
    exitCode: 69,
  },
  {
    name: 'a server of our authority, while only those of the system are known',
    shown: () => ({}),
    says: /its certificate was signed by no authority that is known here/,
    advises: /ZONECAST_CA_FILE/,
    exitCode: 69,
  },
  {
    name: 'a server of another name',
    tls: () => made.issue('elsewhere', { names: ['zone-api.example', '192.0.2.1'] }),
    says: /is not trusted: its certificate is not for 127\.0\.0\.1 but for zone-api\.example, 192\.0\.2\.1/,
    advises: /by a name of its certificate/,
    exitCode: 69,
  },
  {
    name: 'a server whose certificate has expired',
    tls: () => made.issue('old', { notAfterMs: Date.now() - 1_000 }),
    says: /its certificate, or that of its authority, has expired/,
    advises: /replace it on the server/,
    exitCode: 69,
  },
  {
    name: 'a server whose certificate is not valid yet',
    tls: () => made.issue('new', { notBeforeMs: Date.now() + dayMs / 2 }),
    says: /its certificate is not valid yet/,
    advises: /clocks/,
    exitCode: 69,
  },
  {
    name: 'a client without a certificate, where one is asked for',
    tls: () => ({ caFile: ca }),
    says: /^127\.0\.0\.1:\d+ asks for a certificate of the client, and none was shown$/,
    advises: /--client-cert FILE/,
    exitCode: 77,
  },
  {
    name: 'a client with a certificate of another authority',
    tls: () => ({ caFile: ca }),
    shown: () => ({ caFile: ca, ...made.issue('foreign', { authority: 'other' }) }),
    says: /does not accept the certificate of this client in .*foreign\.crt$/,
    advises: /ZONECAST_TLS_CA_FILE on the server/,
    exitCode: 77,
  },
  {
    name: 'a client with a certificate that has expired',
    tls: () => ({ caFile: ca }),
    shown: () => ({ caFile: ca, ...made.issue('late', { notAfterMs: Date.now() - 1_000 }) }),
    says: /does not accept the certificate of this client in .*late\.crt$/,
    advises: /not expired/,
    exitCode: 77,
  },
]

for (const { name, tls, shown, says, advises, exitCode } of rows)
  test(`${name}: both sides stay apart, and the client says why`, async () => {
    const { url, called } = await serve({ ...server, ...tls?.() })
    // Who waits for a server that is away does not wait for one to be trusted.
    const options = { tls: shown?.() ?? { caFile: ca }, retries: { untilReached: true }, timeoutMs: 100_000 }
    await assert.rejects(ask(url, options), (error) => {
      assert.ok(error instanceof ConnectError)
      const [said = '', advice = ''] = describeError(error)
      assert.match(said, says)
      assert.match(advice, advises)
      assert.equal(exitCodeOf(error), exitCode)
      return true
    })
    assert.deepEqual(called, [])
  })

test('a client with a certificate of the authority is served', async () => {
  const { url } = await serve({ ...server, caFile: ca })
  assert.equal(await ask(url, { tls: { caFile: ca, ...client } }), 'a.')
})

for (const { name, shown } of [
  { name: 'with a certificate', shown: () => client },
  { name: 'without one', shown: () => ({}) },
  { name: 'with one of another authority, which counts as none', shown: () => made.issue('foreign', { authority: 'other' }) },
])
  test(`where certificates are optional, a client ${name} is served`, async () => {
    const { url } = await serve({ ...server, caFile: ca, clientCertificates: 'optional' })
    assert.equal(await ask(url, { tls: { caFile: ca, ...shown() } }), 'a.')
  })

test('TLS spoken to a port of clear text is told as such', async () => {
  const { port } = await serve(undefined)
  await assert.rejects(ask(`https://127.0.0.1:${port}`, { tls: { caFile: ca } }), (error) => {
    assert.match(describeError(error)[0] ?? '', /^127\.0\.0\.1:\d+ ended the TLS handshake without a word: it may speak no TLS$/)
    return true
  })
})

for (const { name, options, says } of [
  { name: 'no HTTP/2', options: { ALPNProtocols: ['http/1.1'] }, says: /speaks no HTTP\/2 over TLS/ },
  { name: 'no ALPN', options: {}, says: /speaks no HTTP\/2 over TLS/ },
  {
    name: 'nothing newer than TLS 1.1',
    options: { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
    says: /no TLS of version 1\.2/,
  },
] as const)
  test(`a server that speaks ${name} is told as such`, async () => {
    const files = { cert: readFileSync(server.certFile), key: readFileSync(server.keyFile) }
    const odd = createServer({ ...files, ...options } as never, (socket) => socket.on('error', () => {}))
    odd.listen(0, '127.0.0.1')
    await once(odd, 'listening')
    ends.push(() => void odd.close())
    const { port } = odd.address() as AddressInfo
    await assert.rejects(ask(`https://127.0.0.1:${port}`, { tls: { caFile: ca } }), (error) => {
      assert.ok(tlsFaultOf(error) instanceof TLSFault)
      assert.match(describeError(error)[0] ?? '', says)
      return true
    })
  })

test('our servers take no TLS before 1.2', async () => {
  const { port } = await serve(server)
  const { connect } = await import('node:tls')
  const old = connect({
    host: '127.0.0.1',
    port,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'ALL@SECLEVEL=0',
    rejectUnauthorized: false,
  })
  const [error] = (await once(old, 'error')) as [NodeJS.ErrnoException]
  assert.match(error.code ?? '', /PROTOCOL_VERSION/)
})
