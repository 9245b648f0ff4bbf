/** What a client says of who it is arrives as what it was given, in unary calls and streams. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { InsecureCredential } from './clear-text.ts'
import { createRpcClient, createRpcTransport, type RpcClientOptions } from './client.ts'
import type { Presented } from './presented.ts'
import { TestCertificates } from './test-certificates.ts'
import { administrator, collect, startTestServer, type TestServer } from './test-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'credential-'))
const passwordFile = join(folder, 'password')
const made = new TestCertificates()
const shown: Presented[] = []
let server: TestServer
beforeAll(async () => {
  const tls = { ...made.issue('server'), caFile: made.authority('clients') }
  const authenticate = (presented: Presented) => {
    shown.push(presented)
    return administrator
  }
  server = await startTestServer({ tls, guard: { authenticate } })
})
afterAll(async () => {
  await server.close()
  made.remove()
  rmSync(folder, { recursive: true })
})

async function shownBy(options: Partial<RpcClientOptions>): Promise<Presented[]> {
  shown.length = 0
  const { certFile, keyFile } = made.issue('client', { authority: 'clients' })
  const transport = createRpcTransport({ url: server.url, ca: made.pem(), tls: { certFile, keyFile }, ...options })
  try {
    const zones = createRpcClient(ZoneService, transport)
    await zones.getZone({ zone: 'a.' })
    await collect(zones.exportZone({ zone: 'a.', version: 1n }))
    return [...shown]
  } finally {
    transport.close()
  }
}

test('a name and a password travel with every character they have', async () => {
  writeFileSync(passwordFile, ' pass:wörd 🌊 \n')
  const presented = { kind: 'password', username: 'änn', password: ' pass:wörd 🌊 ' }
  assert.deepEqual(await shownBy({ username: 'änn', passwordFile }), [presented, presented])
})

test('a client with nothing but a certificate is known by it', async () => {
  for (const one of await shownBy({})) {
    assert.equal(one.kind, 'certificate')
    assert.ok(one.kind === 'certificate' && one.certificate.subjects.includes('CN=client'), JSON.stringify(one))
  }
})

test('what a call says goes before the certificate', async () => {
  const presented = { kind: 'token', token: 'zc_a' }
  assert.deepEqual(await shownBy({ token: 'zc_a' }), [presented, presented])
})

test('a password leaves in clear text to no other machine, and a client has one credential', () => {
  writeFileSync(passwordFile, 'x')
  const elsewhere = { url: 'http://192.0.2.1:1', username: 'ann', passwordFile }
  assert.throws(() => createRpcTransport(elsewhere), InsecureCredential)
  assert.throws(() => createRpcTransport({ ...elsewhere, allowInsecure: true, token: 'zc_a' }), /not both/)
})
