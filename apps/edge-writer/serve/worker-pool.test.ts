/** Several threads answer one port: each is asked before Answered, and one that dies comes back. */
import { strict as assert } from 'node:assert'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, test } from 'vitest'
import { parseName, TYPE, type Message } from '@zonecast/dns'
import { createResponder, dnsQuery } from '@zonecast/dns-net'
import { PortInUse, silentLogger, systemClock } from '@zonecast/runtime'
import { openZoneStore, type ZoneStore } from '@zonecast/zone-store'
import { configSchema } from '../config.ts'
import { closeEdges, startEdge } from '../test-edge.ts'
import { startPublisher } from '../test-publisher.ts'
import { TestZones, type Commit } from '../test-zones.ts'
import { defaultThreads, type Asker } from './dns-service.ts'
import { createSelfCheck } from './self-check.ts'
import { startWorkerPool, type WorkerPool } from './worker-pool.ts'

const zone = 'example.'
const www = { name: parseName('www.example.'), type: TYPE.A }
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  await closeEdges()
  for (const close of closing.splice(0).toReversed()) await close()
})

interface Started {
  readonly store: ZoneStore
  readonly pool: WorkerPool
  /** Commits `www A 192.0.2.N`, and resolves once it is on disk. */
  put(last: number): Promise<Commit>
}

async function start(size = 2, dnsListen = ['127.0.0.1:0']): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-pool-'))
  closing.push(async () => rmSync(folder, { recursive: true }))
  const log = silentLogger()
  const store = await openZoneStore({ folder, kind: 'edge-writer', log })
  closing.push(() => store.close())
  const config = configSchema.parse({ data: folder, edgeId: 'edge-1', dnsListen, tokenFile: 'none' })
  const pool = await startWorkerPool({ config, store, clock: systemClock, log, onDamage: () => {} }, size)
  closing.push(() => pool.close())
  const zones = new TestZones()
  const put = async (last: number) => {
    const commit = zones.commit(zone, [`www A 192.0.2.${last}`])
    const { header, delta, base, head } = commit
    await store.apply({ zone, shard: head.shard, position: head.position, header: header!, base, delta })
    return commit
  }
  return { store, pool, put }
}

const addressIn = ({ answers, rcode }: Message) => answers[0]?.rdata.join('.') ?? rcode

test('every thread, and the port, answer a version as soon as it is committed', async () => {
  const { pool, put } = await start(3)
  const [server] = pool.addresses
  for (let last = 1; last <= 30; last++) {
    await put(last)
    // Each question comes from a port of its own, so that the kernel brings them to different threads.
    const byPort = Array.from({ length: 8 }, () => dnsQuery({ ...www, server: server! }))
    const answers = await Promise.all([...pool.askers().map((ask) => ask(www)), ...byPort])
    assert.deepEqual(answers.map(addressIn), Array(12).fill(`192.0.2.${last}`))
  }
  const counted = pool.counts.map((counts) => counts.answers('udp', 0))
  assert.ok(counted.filter((count) => count > 0).length > 1, `more than one thread answers: ${counted.join()}`)
})

function checkOf({ store }: Started, askers: () => readonly Asker[]) {
  const respond = createResponder({ enclosing: (name) => store.enclosing(name) })
  const { signal } = new AbortController()
  return createSelfCheck({ store, askers, respond, clock: systemClock, log: silentLogger(), signal })
}

test('nothing is called answered while one of the threads says what was before', async () => {
  const started = await start()
  const { pool, put } = started
  await put(1)
  const [, first] = pool.askers()
  const old = { www: await first!(www), soa: await first!({ name: parseName(zone), type: TYPE.SOA }) }
  let lags = true
  const asked = { times: 0 }
  const lagging: Asker = (question) => {
    asked.times++
    return lags ? Promise.resolve(question.type === TYPE.SOA ? old.soa : old.www) : first!(question)
  }
  const check = checkOf(started, () => [...pool.askers(), lagging])
  const { head } = await put(2)
  let isAnswered = false
  const checked = check(zone, head.state, [www]).then(() => (isAnswered = true))
  while (asked.times < 6) await setImmediate()
  assert.equal(isAnswered, false)
  lags = false
  await checked
})

test('a thread that is killed is started again, and the port answers on', async () => {
  const started = await start()
  const { pool, put } = started
  await put(1)
  const [victim, other] = pool.threads()
  await pool.kill(victim!)
  assert.deepEqual(pool.threads(), [other])
  const { head } = await put(2)
  // While it is away, the thread that lives is all that answers.
  await checkOf(started, pool.askers)(zone, head.state, [www])
  while (pool.threads().length < 2) await setImmediate()
  assert.equal(pool.threads().includes(victim!), false)
  await put(3)
  const answers = await Promise.all(pool.askers().map((ask) => ask(www)))
  assert.deepEqual(answers.map(addressIn), Array(3).fill('192.0.2.3'))
})

test('a question to a thread that was killed is an error, and not silence', async () => {
  const { pool, put } = await start()
  await put(1)
  const [first] = pool.threads()
  const [, ask] = pool.askers()
  await pool.kill(first!)
  await assert.rejects(ask!(www), /ended/)
})

test('a port that another program has is named, though threads could share it', async () => {
  const socket = createSocket({ type: 'udp4', reusePort: true })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  closing.push(async () => void socket.close())
  await assert.rejects(start(2, [`127.0.0.1:${socket.address().port}`]), PortInUse)
})

test('an edge with threads tells of every version once they answer it', async () => {
  const zones = new TestZones()
  const publisher = await startPublisher({ logId: zones.logId })
  closing.push(() => publisher.close())
  await publisher.take(zones.commit(zone, ['www A 192.0.2.1']))
  const edge = await startEdge([publisher.url], undefined, {}, { dnsWorkers: 2 })
  for (let version = 1n; version <= 5n; version++) {
    await publisher.hears('answered', (said) => said.zone === zone && said.state?.version === version)
    assert.deepEqual(await edge.ask('www.example.'), [`www.example. A 192.0.2.${version}`])
    await publisher.take(zones.commit(zone, [`www A 192.0.2.${version + 1n}`]))
  }
  assert.match(await edge.metrics.text(), /zonecast_dns_queries_total\{rcode="NOERROR",transport="udp".*\} \d+/)
})

for (const { cores, platform, threads } of [
  { cores: 1, platform: 'linux', threads: 1 },
  { cores: 2, platform: 'linux', threads: 1 },
  { cores: 4, platform: 'linux', threads: 3 },
  { cores: 64, platform: 'linux', threads: 8 },
  { cores: 16, platform: 'darwin', threads: 1 },
]) {
  test(`${cores} cores of ${platform} answer with ${threads} threads`, () =>
    assert.equal(defaultThreads(cores, platform), threads))
}
