/** docs/operating/growing.md: its steps are taken while changes are made and `dig` looks on, and no change is lost. */
import { strict as assert } from 'node:assert'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { available } from '../lib/available.ts'
import { freePort } from '../lib/free-port.ts'
import { type KafkaBroker, startKafka } from '../lib/kafka.ts'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { type RunningApp, startApp } from '../lib/process.ts'
import { dig } from '../lib/programs.ts'
import { startSystem, type System } from '../lib/system.ts'
import { untilDone } from '../lib/until.ts'
import { answered, publishZone } from '../lib/zones.ts'
import { adopt, database } from '../lineage/commands.ts'
import { watchSerials } from '../lineage/serial-watch.ts'

const page = readFileSync(new URL('../../docs/operating/growing.md', import.meta.url), 'utf8')
const headings = [...page.matchAll(/^## \d\. (.*)$/gm)].map(([, title]) => title)

const zone = 'harbour.example.'
const text = `@ 60 IN SOA ns1 hostmaster 7 14400 3600 1209600 300
@ 60 IN NS ns1.dns.example.
ver 1 IN TXT "0"
`
const edges = ['edge-1', 'edge-2']
const folder = mkdtempSync(join(tmpdir(), 'zonecast-growing-'))
let server: PostgresServer
let broker: KafkaBroker
beforeAll(async () => {
  ;[server, broker] = await Promise.all([startPostgres(), startKafka()])
})
afterAll(async () => {
  await Promise.all([server.close(), broker.close()])
  rmSync(folder, { recursive: true, force: true })
})

/** Changes one name over and over, each change until it is acknowledged, as a client does that repeats what was refused. */
function changing(system: System) {
  const stop = new AbortController()
  let made = 0
  let lastId = ''
  const taken = new EventEmitter()
  const running = (async () => {
    while (!stop.signal.aborted) {
      const value = String(made + 1)
      const changes = [{ operation: { case: 'put' as const, value: { name: 'ver', type: 'TXT', ttl: 1, values: [value] } } }]
      // Within a step the zone API may be another one; the id says that it is the same change.
      const request = { zone, changes, requestId: `grow-${value}` }
      const call = () => system.client(RecordService).applyChanges(request, { timeoutMs: 5_000 })
      lastId = (await untilDone(`change ${value} is acknowledged`, call)).changeId
      made++
      taken.emit('made')
    }
  })()
  // Whoever waits for more hears of it.
  running.catch(() => {})
  return {
    /** Resolves once so many more are made. */
    async more(count: number): Promise<void> {
      for (let left = count; left > 0; left--) await Promise.race([once(taken, 'made'), running])
    },
    async end() {
      stop.abort()
      await running
      return { made, lastId }
    },
  }
}

test('one machine becomes the full set, and no change is lost', async () => {
  const system = await startSystem({ edges })
  const added: RunningApp[] = []
  const urlOf = (one: RunningApp) => `http://127.0.0.1:${one.ready.port}`
  const add = async (name: string, app: 'zone-api' | 'publisher', env: Readonly<Record<string, string>>) => {
    const common = {
      ZONECAST_LOG_LEVEL: 'info',
      ZONECAST_PORT: String(await freePort()),
      ZONECAST_DATA: join(system.folder, name),
    }
    const running = await startApp({ app, env: { ...common, ...env } })
    added.push(running)
    return running
  }
  const restart = async (name: string, env: Readonly<Record<string, string>>) => {
    await system.stop(name)
    await system.start(name, env)
  }
  try {
    await publishZone(system, zone, text)
    const watch = watchSerials(system, 'edge-1', zone, `ver.${zone}`)
    const writer = changing(system)
    await writer.more(10)

    const file = join(folder, 'move.backup')
    const onPostgres = { ZONECAST_DATABASE_URL: await server.database('grown') }
    const kafka = { ZONECAST_KAFKA_BROKERS: broker.address, ZONECAST_KAFKA_TOPIC: 'grown' }
    const bootstrap = { ZONECAST_BOOTSTRAP_FILE: join(system.folder, 'bootstrap.json') }
    const token = { ZONECAST_TOKEN_FILE: join(system.folder, 'publisher.token') }
    let sources = {}
    let publisherUrls = {}

    const steps: Readonly<Record<string, () => Promise<unknown>>> = {
      'Stop the zone API and take a backup': async () => {
        await system.stop('zone-api')
        const { code, err } = await database(system, ['backup', file])
        assert.equal(code, 0, err)
      },
      'Restore it into PostgreSQL': async () => {
        const { code, err } = await database(system, ['restore', file], onPostgres)
        assert.equal(code, 0, err)
      },
      'Start the zone API on it and adopt': async () => {
        await system.start('zone-api', onPostgres)
        const { code, err } = await adopt(system, edges)
        assert.equal(code, 0, err)
        assert.equal(await system.app('zone-api').ended, 69)
        await restart('zone-api', onPostgres)
        await writer.more(10)
      },
      'Start a second zone API': async () => {
        const second = await add('zone-api-2', 'zone-api', { ...onPostgres, ...bootstrap })
        sources = { ZONECAST_ZONE_API_URL: `${urlOf(system.app('zone-api'))},${urlOf(second)}` }
        await restart('publisher', sources)
        await writer.more(10)
      },
      'Give them Kafka': async () => {
        await restart('zone-api', { ...onPostgres, ...kafka })
        await added[0]!.stop()
        added[0] = await startApp({
          app: 'zone-api',
          env: {
            ...onPostgres,
            ...bootstrap,
            ...kafka,
            ZONECAST_PORT: String(added[0]!.ready.port),
            ZONECAST_DATA: join(system.folder, 'zone-api-2'),
          },
        })
        await restart('publisher', { ...sources, ...kafka })
        await writer.more(10)
      },
      'Start a second publisher': async () => {
        const second = await add('publisher-2', 'publisher', {
          ...sources,
          ...kafka,
          ...token,
          ZONECAST_PUBLISHER_ID: 'publisher-2',
        })
        publisherUrls = { ZONECAST_PUBLISHER_URLS: `${urlOf(system.app('publisher'))},${urlOf(second)}` }
        await writer.more(10)
      },
      'Tell the edges': async () => {
        await restart('edge-2', publisherUrls)
        await writer.more(10)
        await watch.end()
        await restart('edge-1', publisherUrls)
        await writer.more(10)
      },
    }
    assert.deepEqual(Object.keys(steps), headings)
    for (const step of Object.values(steps)) await step()

    const { made, lastId } = await writer.end()
    await answered(system, lastId)
    for (const edge of edges) {
      const { answer } = await dig(system.dnsOf(edge), `ver.${zone}`, 'TXT')
      assert.match(answer.join(), new RegExp(`"${made}"`), edge)
      const { publishers } = await available(`${edge} says whom it follows`, () => system.client(EdgeService, edge).getStatus({}))
      assert.deepEqual(publishers.map(({ publisherId }) => publisherId).toSorted(), ['publisher', 'publisher-2'])
    }
    const { versions } = await system.client(HistoryService).listVersions({ zone, pageSize: 1 })
    // The zone itself, and each change once: nothing was lost, and nothing made twice.
    assert.equal(versions[0]!.state!.version, BigInt(1 + made))
  } finally {
    await Promise.all(added.map((one) => one.stop()))
    await system.close()
  }
})
