/** A server that asks for certificates, and how many connections it holds. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConnectError } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { createRpcClient, createRpcTransport, type RpcClientOptions } from './client.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonecast-mtls-'))
const file = (name: string) => join(folder, name)
let server: TestServer
beforeAll(async () => {
  // Each is its own authority.
  for (const name of ['server', 'client', 'stranger']) {
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file(`${name}.key`)]
    execFileSync('openssl', ['req', '-x509', ...key, '-out', file(`${name}.crt`), '-days', '1', ...subject], { stdio: 'ignore' })
  }
  server = await startTestServer({
    tls: { certFile: file('server.crt'), keyFile: file('server.key'), caFile: file('client.crt') },
  })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const certificateOf = (name: string) => ({ cert: readFileSync(file(`${name}.crt`)), key: readFileSync(file(`${name}.key`)) })

async function ask(options: Partial<RpcClientOptions>): Promise<string | undefined> {
  const transport = createRpcTransport({ url: server.url, token: 'zc_admin', ca: readFileSync(file('server.crt')), ...options })
  try {
    return (await createRpcClient(ZoneService, transport).getZone({ zone: 'a.' })).zone?.name
  } finally {
    transport.close()
  }
}

test('a client with a certificate of the authority is served', async () =>
  assert.equal(await ask({ certificate: certificateOf('client') }), 'a.'))

for (const { name, options } of [
  { name: 'without a certificate', options: () => ({}) },
  { name: 'with one of another authority', options: () => ({ certificate: certificateOf('stranger') }) },
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
