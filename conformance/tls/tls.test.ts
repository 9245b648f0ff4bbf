/** Certificates of real programs: replaced under load, refused where they do not hold, and never done without by accident. */
import { strict as assert } from 'node:assert'
import { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { createRpcClient, createRpcTransport, describeError, exitCodeOf } from '@zonecast/rpc'
import { afterAll, beforeAll, test } from 'vitest'
import { metric } from '../lib/metric.ts'
import { startApp, StartFailed } from '../lib/process.ts'
import type { Secured } from '../lib/secured.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { answered, publishZone, putRRset, smallZone } from '../lib/zones.ts'

const zone = 'sealed.example.'
const programs = ['zone-api', 'publisher', 'edge-1']
let system: System
let secured: Secured

beforeAll(async () => {
  system = await startSystem({ secured: true })
  secured = system.secured as Secured
  await publishZone(system, zone, smallZone)
})
afterAll(() => system?.close())

const reloads = () => Promise.all(programs.map((name) => metric(system, name, 'zonecast_tls_reloads_total')))

/** Does something to the files, and waits until every program has read them again. */
async function read(what: string, change: () => void): Promise<void> {
  const before = await reloads()
  change()
  await until(`${what} is read by every program`, async () => (await reloads()).every((count, i) => count > (before[i] ?? 0)))
}

test('an authority is replaced step by step, and no change is refused or lost meanwhile', async () => {
  const over = new AbortController()
  let changes = 0
  const load = (async () => {
    for (; !over.signal.aborted; changes++) await putRRset(system, zone, 'www', 'A', [`192.0.2.${changes % 250}`])
  })()
  // As docs/operating/tls.md has it: trust both, then show the new, then trust the new alone.
  await read('the new authority', () => secured.addAuthority())
  await read('a new certificate', () => secured.reissue())
  // Connections of before go on; a program that starts now makes new ones.
  await system.stop('edge-1')
  await system.start('edge-1')
  await read('the end of the old authority', () => secured.dropOldAuthorities())
  await system.stop('publisher')
  await system.start('publisher')
  over.abort()
  await load
  assert.ok(changes > 0)
  await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.251']))
})

test('a client that shows a certificate of the authority of before is told so', async () => {
  const old = system.tls
  assert.ok(old)
  const stranger = await startSystem({ edges: [], publishers: [], secured: true })
  try {
    const { certFile, keyFile } = stranger.secured!.issue('foreign')
    const tls = { caFile: old.caFile, certFile, keyFile }
    const transport = createRpcTransport({ url: system.url('publisher'), token: system.tokens['edge-1'] as string, tls })
    const follow = async () => {
      const silent = (async function* () {})()
      for await (const message of createRpcClient(ReleaseService, transport).follow(silent)) assert.fail(String(message))
    }
    await assert.rejects(follow(), (error) => {
      assert.match(describeError(error)[0] ?? '', /does not accept the certificate of this client in .*foreign\.crt/)
      assert.equal(exitCodeOf(error), 77)
      return true
    })
    transport.close()
  } finally {
    await stranger.close()
  }
})

test('an edge whose certificate has expired gets no publisher, says why, and goes on answering', async () => {
  const notAfterMs = Date.now() - 1_000
  const { certFile, keyFile } = secured.issue('expired', { notAfterMs })
  await system.stop('edge-1')
  const edge = await system.start('edge-1', { ZONECAST_CLIENT_CERT_FILE: certFile, ZONECAST_CLIENT_KEY_FILE: keyFile })
  await edge.said('expired.crt expired on')
  await edge.said('does not accept the certificate of this client')
  assert.equal((await system.dig('edge-1', `www.${zone}`)).answers.length, 1)
  // A new certificate in the same files brings it back, without a restart.
  secured.issue('expired')
  await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.252']))
})

for (const { name, app, env, says } of [
  {
    name: 'a port in clear text that other machines reach',
    app: 'zone-api',
    env: { ZONECAST_LISTEN_HOST: '0.0.0.0' },
    says: /clear text is not spoken on 0\.0\.0\.0.*ZONECAST_ALLOW_INSECURE=true/,
  },
  {
    name: 'a credential that would go to another machine in clear text',
    app: 'publisher',
    env: { ZONECAST_ZONE_API_URL: 'http://192.0.2.1:8053', ZONECAST_TOKEN_FILE: '/dev/null' },
    says: /a credential is not sent in clear text to 192\.0\.2\.1:8053; use https, or allow it/,
  },
  {
    name: 'a certificate without its key',
    app: 'edge-writer',
    env: { ZONECAST_TLS_CERT_FILE: '/none.crt', ZONECAST_EDGE_ID: 'edge-9', ZONECAST_TOKEN_FILE: '/dev/null' },
    says: /set both ZONECAST_TLS_CERT_FILE and ZONECAST_TLS_KEY_FILE/,
  },
] as const)
  test(`${name}: the program does not start, 64`, async () => {
    const ports = { ZONECAST_PORT: '0', ...(app === 'edge-writer' && { ZONECAST_DNS_LISTEN: '127.0.0.1:0' }) }
    const starting = startApp({ app, env: { ZONECAST_DATA: `${system.folder}/never-${app}`, ...ports, ...env } })
    await assert.rejects(starting, (error) => {
      assert.ok(error instanceof StartFailed, String(error))
      assert.match(error.message, says)
      assert.equal(error.code, 64)
      return true
    })
  })

test('clear text on a port that other machines reach may be allowed, and is warned of', async () => {
  const env = { ZONECAST_LISTEN_HOST: '0.0.0.0', ZONECAST_ALLOW_INSECURE: 'true', ZONECAST_PORT: '0' }
  const allowed = await startApp({ app: 'zone-api', env: { ZONECAST_DATA: `${system.folder}/clear`, ...env } })
  await allowed.said('clear text is spoken to other machines, credentials included, as was allowed')
  await allowed.stop()
})
