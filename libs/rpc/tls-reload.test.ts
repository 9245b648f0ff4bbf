/** Certificates that are replaced while connections are open. */
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createMetrics } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, test } from 'vitest'
import { createRpcClient, createRpcTransport } from './client.ts'
import { TestCertificates } from './test-certificates.ts'
import { startTestServer } from './test-server.ts'
import type { TLSFileNames } from './tls-files.ts'
import type { ServerTLS } from './tls-listener.ts'

const made = new TestCertificates()
afterAll(() => made.remove())
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const dayMs = 86_400_000
const caFile = made.authority()

async function serve(tls: ServerTLS) {
  const clock = fakeClock(Date.now())
  const metrics = createMetrics('test')
  const server = await startTestServer({ tls, clock, metrics })
  ends.push(() => server.close())
  const value = async (name: string) => {
    const lines = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes('role="server"'))
    return lines.length === 0 ? 0 : Number(lines[0]?.split(' ').at(-1))
  }
  return { ...server, value, clock, look: (times = 1) => clock.advance({ seconds: 2 * times }) }
}

function zonesAt(url: string, tls: TLSFileNames) {
  const transport = createRpcTransport({ url, token: 'zc_admin', tls })
  ends.push(() => transport.close())
  return createRpcClient(ZoneService, transport)
}

/** The common name that a new connection is shown. */
async function shown(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(caFile), ALPNProtocols: ['h2'] })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  assert.equal(socket.alpnProtocol, 'h2')
  socket.destroy()
  return String(subject.CN)
}

const errorsOf = (lines: readonly Record<string, unknown>[]) =>
  lines.filter(({ level }) => level === 'error').map(({ msg }) => String(msg))

test('a new certificate is shown to new connections, and a stream that is open goes on', async () => {
  const notAfterMs = Math.trunc(Date.now() / 1000) * 1000 + dayMs
  const files = made.issue('first', { notAfterMs })
  const server = await serve(files)
  const zones = zonesAt(server.url, { caFile })
  const until = Promise.withResolvers<void>()
  const imported = zones.importZone(
    (async function* () {
      yield { part: { case: 'header', value: { zone: 'a.' } } } as const
      await until.promise
      yield { part: { case: 'data', value: new Uint8Array(7) } } as const
    })(),
  )
  await once(server.events, 'asleep')
  assert.equal(await server.value('zonecast_tls_certificate_expiry_seconds'), notAfterMs / 1000)
  const next = made.issue('second', { notAfterMs: notAfterMs + dayMs })
  renameSync(next.keyFile, files.keyFile)
  renameSync(next.certFile, files.certFile)
  assert.equal(await shown(server.port), 'first')
  server.look()
  assert.equal(await shown(server.port), 'second')
  assert.equal(await server.value('zonecast_tls_certificate_expiry_seconds'), (notAfterMs + dayMs) / 1000)
  assert.equal(await server.value('zonecast_tls_reloads_total'), 1)
  until.resolve()
  assert.equal((await imported).outcomes[0]?.rrCount, 7n)
})

test('a swapped link is noticed, as Kubernetes replaces Secrets', async () => {
  const folder = join(made.folder, 'secret')
  const revision = (name: string) => {
    const { certFile, keyFile } = made.issue(name)
    mkdirSync(join(folder, `..${name}`), { recursive: true })
    renameSync(certFile, join(folder, `..${name}/tls.crt`))
    renameSync(keyFile, join(folder, `..${name}/tls.key`))
    symlinkSync(`..${name}`, join(folder, '..data.new'))
    renameSync(join(folder, '..data.new'), join(folder, '..data'))
  }
  revision('first')
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(folder, name))
  const server = await serve({ certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') })
  revision('second')
  rmSync(join(folder, '..first'), { recursive: true })
  server.look()
  assert.equal(await shown(server.port), 'second')
})

for (const { name, spoil, says } of [
  {
    name: 'a certificate without its key',
    spoil: ({ certFile }: ServerTLS) => renameSync(made.issue('other').certFile, certFile),
    says: /server\.key is not the key of the certificate in .*server\.crt; what was read before stays in use/,
  },
  {
    name: 'a half written certificate',
    spoil: ({ certFile }: ServerTLS) => writeFileSync(certFile, readFileSync(certFile, 'latin1').slice(0, 200)),
    says: /server\.crt holds no whole certificate in PEM/,
  },
  {
    name: 'a half written key',
    spoil: ({ keyFile }: ServerTLS) => writeFileSync(keyFile, readFileSync(keyFile, 'latin1').slice(0, 60)),
    says: /server\.key holds no whole private key/,
  },
  {
    name: 'a certificate that has expired',
    spoil: () => made.issue('server', { notAfterMs: Date.now() - 1_000 }),
    says: /the certificate in .*server\.crt expired on/,
  },
  {
    name: 'a certificate that is not valid yet',
    spoil: () => made.issue('server', { notBeforeMs: Date.now() + dayMs / 2 }),
    says: /the certificate in .*server\.crt is not valid before/,
  },
  {
    name: 'a file that is gone',
    spoil: ({ keyFile }: ServerTLS) => rmSync(keyFile),
    says: /server\.key cannot be read \(ENOENT\)/,
  },
  {
    name: 'an empty file of authorities',
    spoil: ({ caFile: file = '' }: ServerTLS) => writeFileSync(file, ''),
    says: /clients\.ca holds no whole certificate in PEM/,
  },
])
  test(`${name} changes nothing, is told once and counted, and is over when the files fit again`, async () => {
    const files = { ...made.issue('server'), caFile: made.authority('clients'), clientCertificates: 'optional' } as const
    const server = await serve(files)
    spoil(files)
    server.look()
    // Certificate and key may be on their way one after the other: that is no fault yet.
    assert.deepEqual(errorsOf(server.lines), [])
    server.look(5)
    assert.match(errorsOf(server.lines).join('\n'), says)
    assert.equal(errorsOf(server.lines).length, 1)
    assert.equal(await server.value('zonecast_tls_reload_failures_total'), 1)
    assert.equal(await shown(server.port), 'server')
    made.authority('clients')
    renameSync(made.issue('mended').certFile, files.certFile)
    renameSync(join(made.folder, 'mended.key'), files.keyFile)
    server.look()
    assert.equal(await shown(server.port), 'mended')
  })

test('a program starts with a certificate that has expired, and says so', async () => {
  const server = await serve(made.issue('late', { notAfterMs: Date.now() - 1_000 }))
  assert.match(errorsOf(server.lines).join('\n'), /late\.crt expired on .* GMT; it is in use all the same/)
})

for (const { name, files, says } of [
  {
    name: 'a key that is not its own',
    files: () => ({ ...made.issue('one'), keyFile: made.issue('two').keyFile }),
    says: /two\.key is not the key of/,
  },
  {
    name: 'no file',
    files: () => ({ certFile: '/none.crt', keyFile: '/none.key' }),
    says: /none\.crt cannot be read \(ENOENT\)/,
  },
])
  test(`a program with ${name} does not start: 64`, async () => {
    await assert.rejects(serve(files()), (error: Error & { exitCode?: number }) => {
      assert.match(error.message, says)
      assert.equal(error.exitCode, 64)
      return true
    })
  })

test('the authority of clients is replaced without an outage: both, then the new one alone', async () => {
  const files = { ...made.issue('server'), caFile: made.authority('old') }
  const server = await serve(files)
  const old = { caFile, ...made.issue('old-client', { authority: 'old' }) }
  const young = { caFile, ...made.issue('new-client', { authority: 'young' }) }
  const isServed = (tls: TLSFileNames) =>
    zonesAt(server.url, tls)
      .getZone({ zone: 'a.' })
      .then(
        () => true,
        () => false,
      )
  assert.deepEqual([await isServed(old), await isServed(young)], [true, false])
  writeFileSync(files.caFile, made.pem('old') + made.pem('young'))
  server.look()
  assert.deepEqual([await isServed(old), await isServed(young)], [true, true])
  writeFileSync(files.caFile, made.pem('young'))
  server.look()
  assert.deepEqual([await isServed(old), await isServed(young)], [false, true])
})

test('a client reads its files again for each new connection, and keeps what it had where they cannot be used', async () => {
  const server = await serve({ ...made.issue('server', { authority: 'first' }), caFile: made.authority('clients') })
  const tls = { caFile: made.authority('first'), ...made.issue('client', { authority: 'clients' }) }
  const zones = zonesAt(server.url, tls)
  await zones.getZone({ zone: 'a.' })
  const again = async (authority: string, port: number) => {
    const next = await startTestServer({ tls: { ...made.issue('server', { authority }), caFile: made.authority('young') } }, port)
    ends.push(() => next.close())
  }
  await server.close()
  writeFileSync(tls.caFile, made.pem('second'))
  made.issue('client', { authority: 'young' })
  await again('second', server.port)
  assert.equal((await zones.getZone({ zone: 'b.' })).zone?.name, 'b.')
  writeFileSync(tls.caFile, 'no certificate')
  await ends.pop()?.()
  await again('second', server.port)
  assert.equal((await zones.getZone({ zone: 'c.' })).zone?.name, 'c.')
})
