/** A server that asks for certificates, and how many connections it holds. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { ConnectError } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { createRpcClient, createRpcTransport, type RpcClientOptions } from './client.ts'
import { TestCertificates } from './test-certificates.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const made = new TestCertificates()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ tls: { ...made.issue('server'), caFile: made.authority('clients') } })
})
afterAll(async () => {
  await server.close()
  made.remove()
})

function certificateOf(name: string, authority: string) {
  const { certFile, keyFile } = made.issue(name, { authority })
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) }
}

async function ask(options: Partial<RpcClientOptions>): Promise<string | undefined> {
  const transport = createRpcTransport({ url: server.url, token: 'zc_admin', ca: made.pem(), ...options })
  try {
    return (await createRpcClient(ZoneService, transport).getZone({ zone: 'a.' })).zone?.name
  } finally {
    transport.close()
  }
}

test('a client with a certificate of the authority is served', async () =>
  assert.equal(await ask({ certificate: certificateOf('client', 'clients') }), 'a.'))

for (const { name, options } of [
  { name: 'without a certificate', options: () => ({}) },
  { name: 'with one of another authority', options: () => ({ certificate: certificateOf('stranger', 'strangers') }) },
])
  test(`a client ${name} gets no connection`, async () => {
    const before = server.called.length
    // With TLS 1.3 the refusal may come after the client thinks it is connected: it is told by the loss of the connection.
    await assert.rejects(ask(options()), ConnectError)
    assert.equal(server.called.length, before)
  })

test('connections beyond the bound are closed, and those within it go on', async () => {
  const small = await startTestServer({ limits: { connections: 1 } })
  const held = createRpcTransport({ url: small.url, token: 'zc_admin' })
  const zones = createRpcClient(ZoneService, held)
  await zones.getZone({ zone: 'a.' })
  const second = connect(small.port, '127.0.0.1')
  second.on('error', () => {})
  await once(second, 'close')
  assert.equal((await zones.getZone({ zone: 'b.' })).zone?.name, 'b.')
  held.close()
  await small.close()
})
