/** Every method, called with every kind of credential that does not suffice, over every protocol: refused, and nothing is changed. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DescMethod } from '@bufbuild/protobuf'
import { ROLE_PERMISSIONS } from '@zonecast/access'
import { permissionOf } from '@zonecast/rpc'
import { createAuthority, issueCertificate } from '@zonecast/runtime/certificates'
import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, test } from 'vitest'
import { hashPassword } from '../access/password-hash.ts'
import { services } from './services.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonecast-matrix-'))
const dayMs = 86_400_000
const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs }
const authority = createAuthority({ commonName: 'test', ...validity })
const issue = (commonName: string) =>
  issueCertificate(authority, { commonName, names: ['127.0.0.1'], usages: ['server', 'client'], ...validity })
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const certificates = { known: issue('small'), unknown: issue('unknown') }
const write = { principal: 'test', requestId: '', bodyHash: new Uint8Array(), reason: '', traceparent: '' }
let server: TestServer
const sessions = new Map<string, ClientHttp2Session>()

beforeAll(async () => {
  const pair = issue('server')
  const tls = { certFile: file('crt', pair.cert), keyFile: file('key', pair.key), caFile: file('ca', authority.cert) }
  server = await startTestServer(['edge1'], { tls: { ...tls, clientCertificates: 'optional' } })
  const { database, url } = server.api
  await database.createPrincipal({ ...write, name: 'small', kind: 'person', display: '', placements: [], grants: [] })
  const common = { ...write, holder: 'small', label: '', expiresAtMs: 0 }
  const sha256 = new Uint8Array(createHash('sha256').update('zc_small').digest())
  await database.addCredential({ ...common, kind: 'token', sha256 })
  await database.addCredential({ ...common, kind: 'password', phc: await hashPassword('small password') })
  const fingerprint = new X509Certificate(certificates.known.cert).fingerprint256.replaceAll(':', '').toLowerCase()
  await database.addCredential({ ...common, kind: 'certificate', fingerprint, subject: '' })
  for (const [name, shown] of [...Object.entries(certificates), ['none', undefined] as const]) {
    const session = connect(url, { ca: authority.cert, ...(shown && { cert: shown.cert, key: shown.key }) })
    await once(session, 'connect')
    sessions.set(name, session)
  }
})
afterAll(async () => {
  for (const session of sessions.values()) session.destroy()
  await server.close()
  rmSync(folder, { recursive: true })
})

const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` })
const wrong = { grpc: '16', connect: 'unauthenticated' }
const tooSmall = { grpc: '7', connect: 'permission_denied' }

const rows: { name: string; certificate?: string; fields?: Record<string, string>; code: typeof wrong }[] = [
  { name: 'no credential', code: wrong },
  { name: 'a wrong token', fields: { authorization: 'Bearer zc_wrong' }, code: wrong },
  { name: 'a wrong password', fields: basic('small:another password'), code: wrong },
  { name: 'a password of nobody', fields: { username: 'nobody', password: 'another password' }, code: wrong },
  { name: 'an unknown certificate', certificate: 'unknown', code: wrong },
  { name: 'two credentials', fields: { ...basic('small:small password'), username: 'small', password: 'x' }, code: wrong },
  { name: 'a wrong token and a known certificate', certificate: 'known', fields: { authorization: 'Bearer x' }, code: wrong },
  { name: 'a token without a grant', fields: { authorization: 'Bearer zc_small' }, code: tooSmall },
  { name: 'a password without a grant', fields: basic('small:small password'), code: tooSmall },
  { name: 'the same as metadata', fields: { username: 'small', password: 'small password' }, code: tooSmall },
  { name: 'a certificate without a grant', certificate: 'known', code: tooSmall },
]
const methods = services.flatMap((service) => service.methods)
/** One empty message, as gRPC and Connect's streams frame it. */
const empty = Buffer.alloc(5)

function protocolsOf({ methodKind }: DescMethod) {
  const unary = methodKind === 'unary'
  return [
    { type: 'application/grpc', body: empty },
    { type: 'application/grpc-web+proto', body: empty },
    { type: unary ? 'application/proto' : 'application/connect+proto', body: unary ? Buffer.alloc(0) : empty },
  ]
}

for (const { name, certificate = 'none', fields = {}, code } of rows)
  test(`${name}: every method refuses, in gRPC, gRPC-Web and Connect, and nothing changes`, async () => {
    const before = await state()
    for (const method of methods) {
      if (code === tooSmall && permissionOf(method) === 'authenticated') continue
      for (const { type, body } of protocolsOf(method)) {
        const said = await call(sessions.get(certificate)!, method, type, { ...fields }, body)
        const expected = type.includes('grpc')
          ? new RegExp(`grpc-status(": ?"?|: ?)${code.grpc}\\b`)
          : new RegExp(`"${code.connect}"`)
        assert.match(said, expected, `${method.parent.typeName}/${method.name} over ${type}`)
      }
    }
    assert.deepEqual(await state(), before)
  })

test('every method has a permission, and every permission belongs to a role or to all', () => {
  const known = new Set(['authenticated', ...Object.values(ROLE_PERMISSIONS).flatMap((permissions) => [...permissions])])
  for (const method of methods) assert.ok(known.has(permissionOf(method)), `${method.name}: ${permissionOf(method)}`)
})

async function state() {
  const { database } = server.api
  const identities = await database.listIdentities({ after: '', limit: 100 })
  return { positions: await database.newestPositions(), revision: await database.accessRevision(), identities }
}

async function call(session: ClientHttp2Session, method: DescMethod, type: string, fields: Record<string, string>, body: Buffer) {
  const path = `/${method.parent.typeName}/${method.name}`
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': type, te: 'trailers', ...fields })
  stream.end(body)
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  let text = JSON.stringify(answer)
  for await (const chunk of stream) text += Buffer.from(chunk as Uint8Array).toString('latin1')
  return text
}
