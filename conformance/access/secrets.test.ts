/** Secrets are shown to the programs, at debug level and in every wrong way, and stand nowhere afterwards; what is withdrawn is let go. */
import { strict as assert } from 'node:assert'
import { EventEmitter, once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { join } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { type FollowRequestSchema, ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcTransport } from '@zonecast/rpc'
import { readSealKeys } from '@zonecast/runtime/sealing'
import { afterAll, beforeAll, test } from 'vitest'
import { command } from '../lib/command.ts'
import { metricsText } from '../lib/metric.ts'
import { readSecrets } from '../lib/secured.ts'
import { startSystem, type System } from '../lib/system.ts'

const apps = ['zone-api', 'publisher', 'edge-1']
/** What nobody has, but somebody might have sent by mistake. */
const guessed = { token: 'zc_hunter2hunter2hunter2', password: 'correct horse battery', name: 'not-a-name-but-a-password' }
const databasePassword = 'opensesame-database'
/** Of a TSIG key, and what others of its kind are read from. */
const tsigSecret = Buffer.from('only the two servers know it 123').toString('base64')
const sealed: string[] = []
/** Readers of JSON show what stands around a fault. */
const piecesOf = (secret: string) => [secret.slice(0, 8), secret.slice(-8)]
const written: string[] = []
let system: System

beforeAll(async () => {
  const debug = Object.fromEntries(apps.map((app) => [app, { ZONECAST_LOG_LEVEL: 'debug' }]))
  system = await startSystem({ env: debug, strangers: ['stranger'] })
  await system.client(ZoneService).createZone({ zone: 'secret.example.', nameServers: ['ns.example.net.'] })
})
afterAll(() => system?.close())

const secrets = () => {
  const pair = `${guessed.name}:${guessed.password}`
  const plain = [...Object.values(system.tokens), ...Object.values(guessed), databasePassword, ...piecesOf(tsigSecret), ...sealed]
  return [...plain, Buffer.from(pair).toString('base64')]
}

const paths: Record<string, string> = {
  'zone-api': '/zonecast.zone.v1.ZoneService/ListZones',
  publisher: '/zonecast.publish.v1.ReleaseService/Follow',
  'edge-1': '/zonecast.edge.v1.EdgeService/GetStatus',
}

function wrongWays(app: string): Record<string, string>[] {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  const own = system.tokens[app === 'zone-api' ? 'administrator' : app === 'publisher' ? 'publisher' : 'edge-1'] as string
  return [
    { authorization: `Bearer ${guessed.token}` },
    { authorization: `bearer ${own} ${guessed.token}` },
    { authorization: own },
    { authorization: `Bearer ${own}`, username: guessed.name, password: guessed.password },
    { username: guessed.name, password: guessed.password },
    { username: guessed.password },
    { 'authorization-bin': Buffer.from(own).toString('base64') },
    basic(`${guessed.name}:${guessed.password}`),
    basic(guessed.password),
    { authorization: `Basic ${guessed.password}` },
    { authorization: `Digest ${own}` },
    { authorization: `Bearer ${own.repeat(200)}` },
  ]
}

test('every program refuses every wrong credential, in gRPC, gRPC-Web and Connect', async () => {
  for (const app of apps) {
    const session = connect(system.url(app), system.tls && readSecrets(system.tls))
    try {
      for (const fields of wrongWays(app))
        for (const type of ['application/grpc', 'application/grpc-web+proto', 'application/connect+proto', 'application/json']) {
          const stream = session.request({
            ':method': 'POST',
            ':path': paths[app],
            'content-type': type,
            te: 'trailers',
            ...fields,
          })
          stream.end(type === 'application/json' ? '{}' : Buffer.alloc(5))
          const [head] = (await once(stream, 'response')) as [Record<string, unknown>]
          let said = JSON.stringify(head)
          for await (const chunk of stream) said += Buffer.from(chunk as Uint8Array).toString('latin1')
          written.push(said)
          // A method of the other kind has no such content type in Connect.
          const isOther = head[':status'] === 415
          assert.ok(isOther || /grpc-status\W{1,4}16|unauthenticated/.test(said), `${app} ${type}: ${said}`)
        }
    } finally {
      session.close()
    }
  }
})

test('the command line prints no secret, whether it succeeds or not', async () => {
  const passwordFile = join(system.folder, 'a-password')
  writeFileSync(passwordFile, guessed.password)
  const tokenFile = join(system.folder, 'administrator.token')
  const to = ['--server', system.url('zone-api'), ...tlsFlags(), '-o', 'json']
  for (const words of [
    ['whoami', '--token-file', tokenFile],
    ['zone', 'list', '--token-file', tokenFile],
    ['audit', '--token-file', tokenFile],
    ['zone', 'list', '--user', guessed.name, '--password-file', passwordFile],
    ['zone', 'show', 'nowhere.example', '--token-file', tokenFile],
    ['zone', 'list', '--token-file', join(system.folder, 'nowhere')],
  ])
    written.push(await outputOf(['apps/zonectl/main.ts', ...words, ...to]))
})

test('the secret of a TSIG key comes out where it is asked for, and in no answer, refusal or command beside', async () => {
  sealed.push(...readSealKeys(system.sealKeyFile).map(({ key }) => key.export().toString('base64')))
  const transfer = system.client(TransferService)
  const secretFile = join(system.folder, 'a-secret')
  writeFileSync(secretFile, `${tsigSecret}\n`)
  const to = ['--server', system.url('zone-api'), '--token-file', join(system.folder, 'administrator.token'), ...tlsFlags()]
  const tsigKey = async (...words: string[]) => {
    written.push(await outputOf(['apps/zonectl/main.ts', 'tsig-key', ...words, ...to]))
  }
  await tsigKey('create', 'given.example', '--secret-file', secretFile, '-o', 'json')
  // Refused: it is there already; its algorithm is forbidden; it is no base64; it is too long.
  await tsigKey('create', 'given.example', '--secret-file', secretFile)
  await tsigKey('create', 'md5.example', '--algorithm', 'hmac-md5', '--secret-file', secretFile)
  writeFileSync(secretFile, `${tsigSecret}!\n`)
  await tsigKey('create', 'odd.example', '--secret-file', secretFile, '-o', 'json')
  writeFileSync(secretFile, `${tsigSecret.repeat(50)}\n`)
  await tsigKey('create', 'long.example', '--secret-file', secretFile)
  await tsigKey('list', '-o', 'json')
  await tsigKey('show', 'given.example')
  await tsigKey('secret', 'given.example', '--out', join(system.folder, 'out'))
  assert.ok(readFileSync(join(system.folder, 'out'), 'utf8').includes(tsigSecret))
  await transfer.createTSIGKey({ name: 'made.example' })
  for (const name of ['given.example', 'made.example']) sealed.push((await transfer.revealTSIGKey({ name })).secret)
  assert.equal(sealed[1], tsigSecret)
  // Of another type, cut off, and followed by what does not belong there.
  for (const secret of [`["${tsigSecret}"]`, `"${tsigSecret}`, `"${tsigSecret}"x`, `"${tsigSecret}",`])
    written.push(
      await refusalOf('/zonecast.transfer.v1.TransferService/CreateTSIGKey', `{"name":"x.example","secret":${secret}}`),
    )
})

test('no file of the database has a secret of a TSIG key or a seal key in it', async () => {
  assert.equal(sealed.length, 3)
  const folder = system.dataOf('zone-api')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const contents = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)))
  assert.ok(contents.some((content) => content.includes('given.example.')))
  for (const [i, secret] of sealed.entries()) {
    const octets = Buffer.from(secret, 'base64')
    for (const form of [octets, Buffer.from(secret.replace(/=+$/, '')), Buffer.from(octets.toString('hex'))])
      for (const [index, content] of contents.entries())
        assert.ok(!content.includes(form), `secret ${i} is in ${files[index]!.name}`)
  }
})

test('a program that cannot start says why without the password of its database', async () => {
  const { code, out, err } = await command(['apps/zone-api/main.ts'], {
    ZONECAST_LOG_LEVEL: 'debug',
    ZONECAST_DATA: join(system.folder, 'broken'),
    ZONECAST_DATABASE_URL: `postgres://zonecast:${databasePassword}@127.0.0.1:1/zonecast`,
  })
  const said = out + err
  assert.notEqual(code, 0)
  assert.match(said, /127\.0\.0\.1|database/)
  written.push(said)
})

test('no secret stands in a log, a metric, the audit log, an argument, an answer or what was printed', async () => {
  const { events } = await system.client(AuditService).listEvents({ pageSize: 100 })
  assert.ok(events.length > 0)
  written.push(JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
  for (const app of apps) {
    const { log, ready } = system.app(app)
    assert.ok(log.length > 0)
    written.push(...log, readFileSync(`/proc/${ready.pid}/cmdline`, 'utf8'), await metricsText(system, app))
  }
  const all = written.join('\n')
  assert.ok(all.includes('zonecast_rpc_call_seconds'))
  // Not the secret itself in the message: it would be in the output of this test.
  for (const [i, secret] of secrets().entries()) assert.ok(!all.includes(secret), `secret ${i} was written`)
})

test('an edge whose credential is withdrawn while it follows is let go by the publisher', async () => {
  const tls = system.tls && { tls: system.tls }
  const transport = createRpcTransport({ url: system.url('publisher'), token: system.tokens['stranger'] as string, ...tls })
  const came = new EventEmitter()
  const hello = async function* (): AsyncGenerator<MessageInitShape<typeof FollowRequestSchema>> {
    yield { message: { case: 'hello', value: { protocol: 1, edgeId: 'stranger' } } }
    // An answer to whatever comes: an edge that says nothing would be let go for that.
    for (;;) {
      await once(came, 'message')
      yield { message: { case: 'heartbeat', value: {} } }
    }
  }
  const stream = createRpcClient(ReleaseService, transport).follow(hello())[Symbol.asyncIterator]()
  try {
    assert.equal((await stream.next()).done, false)
    const following = async () => {
      while (!(await stream.next()).done) came.emit('message')
    }
    const withdrawn = async () => {
      const file = join(system.folder, 'bootstrap.json')
      const credentials = JSON.parse(readFileSync(file, 'utf8')) as { principal: string }[]
      writeFileSync(file, JSON.stringify(credentials.filter(({ principal }) => principal !== 'stranger')))
      await system.stop('zone-api')
      await system.start('zone-api')
    }
    const isUnknown = (error: unknown) => ConnectError.from(error).code === Code.Unauthenticated
    await Promise.all([assert.rejects(following(), isUnknown), withdrawn()])
  } finally {
    transport.close()
  }
})

function tlsFlags(): string[] {
  const { tls } = system
  return tls ? ['--ca', tls.caFile, '--client-cert', tls.certFile, '--client-key', tls.keyFile] : []
}

/** The answer to a call in Connect's JSON that is refused. */
async function refusalOf(path: string, body: string): Promise<string> {
  const session = connect(system.url('zone-api'), system.tls && readSecrets(system.tls))
  try {
    const authorization = `Bearer ${system.tokens['administrator']}`
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json', authorization })
    stream.end(body)
    let text = ''
    for await (const chunk of stream) text += Buffer.from(chunk as Uint8Array).toString('utf8')
    assert.match(text, /invalid_argument/)
    return text
  } finally {
    session.close()
  }
}

async function outputOf(words: readonly string[]): Promise<string> {
  const { out, err } = await command(words, { ZONECAST_DATA: join(system.folder, 'none'), ZONECAST_LOG_LEVEL: 'debug' })
  return out + err
}
