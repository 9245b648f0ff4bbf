/** The edge writer against a publisher on real sockets, with a real store. */
import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'vitest'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { closeEdges, newFolder, startEdge } from './test-edge.ts'
import { startPublisher, tokens, type TestPublisher, type TestPublisherOptions } from './test-publisher.ts'
import { hosts, TestZones } from './test-zones.ts'

const publishers: TestPublisher[] = []
afterEach(async () => {
  await closeEdges()
  for (const publisher of publishers.splice(0)) await publisher.close()
})

async function publish(options: Partial<TestPublisherOptions> = {}, zones = new TestZones()) {
  const publisher = await startPublisher({ logId: zones.logId, ...options })
  publishers.push(publisher)
  return { publisher, zones }
}

/** Resolves when the edge has told that it answers the zone at this version. */
const answered = (publisher: TestPublisher, zone: string, version: bigint, generation = 1n) =>
  publisher.hears(
    'answered',
    (said) => said.zone === zone && said.state?.version === version && said.state.generation === generation,
  )

/** A promise, and what resolves it. */
function signalled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve: () => resolve() }
}

test('a zone that is there before the edge, a delta, a tombstone and a re-creation are answered', async () => {
  const { publisher, zones } = await publish()
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']))
  const edge = await startEdge([publisher.url])
  await answered(publisher, 'example.', 1n)
  assert.deepEqual(await edge.ask('www.example.'), ['www.example. A 192.0.2.1'])
  await publisher.take(zones.commit('example.', ['www A 192.0.2.2']))
  await answered(publisher, 'example.', 2n)
  assert.deepEqual(await edge.ask('www.example.'), ['www.example. A 192.0.2.2'])
  const last = publisher.sent.findLast((message) => message.kind === 'release')
  assert.equal(last?.kind === 'release' && last.base?.version, 1n)
  await publisher.take(zones.remove('example.'))
  await answered(publisher, 'example.', 3n)
  assert.deepEqual(await edge.ask('www.example.'), ['REFUSED'])
  await publisher.take(zones.commit('example.', ['www A 192.0.2.4']))
  await answered(publisher, 'example.', 4n, 2n)
  assert.deepEqual(await edge.ask('www.example.'), ['www.example. A 192.0.2.4'])
  assert.equal(publisher.heard.filter(({ kind }) => kind === 'nack').length, 0)
})

test('a child zone goes, and the parent that is served too answers for its names', async () => {
  const { publisher, zones } = await publish()
  await publisher.take(zones.commit('example.', ['* A 192.0.2.9']), zones.commit('sub.example.', ['www A 192.0.2.1']))
  const edge = await startEdge([publisher.url])
  await answered(publisher, 'sub.example.', 1n)
  assert.deepEqual(await edge.ask('www.sub.example.'), ['www.sub.example. A 192.0.2.1'])
  await publisher.take(zones.remove('sub.example.'))
  await answered(publisher, 'sub.example.', 2n)
  assert.deepEqual(await edge.ask('www.sub.example.'), ['www.sub.example. A 192.0.2.9'])
})

test('an answer too large for UDP is seen over TCP', async () => {
  const { publisher, zones } = await publish()
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']))
  await answered(publisher, 'example.', 1n)
  const many = Array.from({ length: 200 }, (_, i) => `many A 198.51.100.${i}`)
  await publisher.take(zones.commit('example.', many))
  await answered(publisher, 'example.', 2n)
  assert.equal((await edge.ask('many.example.')).length, 200)
})

test('a new edge is sent every zone', async () => {
  const { publisher, zones } = await publish()
  await publisher.take(...Array.from({ length: 300 }, (_, i) => zones.commit(`zone-${i}.example.`, [`www A 192.0.2.${i % 250}`])))
  const edge = await startEdge([publisher.url])
  await Promise.all(zones.newest().map(({ head }) => answered(publisher, head.zone, 1n)))
  assert.deepEqual(await edge.ask('www.zone-299.example.'), ['www.zone-299.example. A 192.0.2.49'])
  assert.match(await edge.metrics.text(), /zonecast_edge_zones_count\{[^}]*\} 300/)
})

test('after a restart the edge answers before any publisher is there, and goes on from its positions', async () => {
  const { publisher, zones } = await publish()
  const folder = newFolder()
  const first = await startEdge([publisher.url], folder)
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']), zones.commit('other.', ['www A 192.0.2.2']))
  await Promise.all([answered(publisher, 'example.', 1n), answered(publisher, 'other.', 1n)])
  await first.stop()
  await publishers.pop()?.close()
  const second = await startEdge([publisher.url], folder)
  assert.deepEqual(await second.ask('www.example.'), ['www.example. A 192.0.2.1'])
  const { publisher: again } = await publish({ port: publisher.port }, zones)
  await again.take(...zones.newest())
  await again.take(zones.commit('example.', ['www A 192.0.2.3']))
  await answered(again, 'example.', 2n)
  const hello = await again.hears('hello')
  assert.deepEqual(hello.logId, zones.logId)
  assert.deepEqual(hello.heldPlacements, ['default'])
  assert.deepEqual(hello.shards.map(({ position }) => position).toSorted(), [1n, 2n])
  // What it had was not sent again.
  assert.equal(again.sent.filter((message) => message.kind === 'release' && message.zone === 'other.').length, 0)
})

test('two publishers share the shards, and one that is gone does not hold up the other', async () => {
  const zones = new TestZones()
  const half = Array.from({ length: 32 }, (_, shard) => shard)
  const one = await publish({ publisherId: 'one', shards: half }, zones)
  const two = await publish({ publisherId: 'two', shards: half.map((shard) => shard + 32) }, zones)
  const edge = await startEdge([one.publisher.url, two.publisher.url])
  const commits = Array.from({ length: 20 }, (_, i) => zones.commit(`zone-${i}.example.`, ['www A 192.0.2.1']))
  await Promise.all([one.publisher.take(...commits), two.publisher.take(...commits)])
  const ownerOf = (shard: number) => (shard < 32 ? one : two).publisher
  await Promise.all(commits.map(({ head }) => answered(ownerOf(head.shard), head.zone, 1n)))
  for (const { head } of commits) assert.deepEqual(await edge.ask(`www.${head.zone}`), [`www.${head.zone} A 192.0.2.1`])
  publishers.splice(publishers.indexOf(one.publisher), 1)
  await one.publisher.close()
  const { head } = commits.find((commit) => commit.head.shard >= 32)!
  await two.publisher.take(zones.commit(head.zone, ['www A 192.0.2.2']))
  await answered(two.publisher, head.zone, 2n)
})

test('two publishers hold all shards: each sends a part, and the one that is left sends them all', async () => {
  const zones = new TestZones()
  const one = await publish({ publisherId: 'one' }, zones)
  const two = await publish({ publisherId: 'two' }, zones)
  await startEdge([one.publisher.url, two.publisher.url])
  const wanted = new Map<string, readonly number[]>()
  const divided = async () => {
    for (const [name, { publisher }] of Object.entries({ one, two })) {
      const { shards } = await publisher.hears('want', (want) => want.shards.length < 64)
      wanted.set(name, shards)
    }
  }
  await divided()
  const all = [...wanted.values()].flat()
  assert.equal(new Set(all).size, all.length)
  const commits = Array.from({ length: 20 }, (_, i) => zones.commit(`zone-${i}.example.`, ['www A 192.0.2.1']))
  await Promise.all([one.publisher.take(...commits), two.publisher.take(...commits)])
  const ownerOf = (shard: number) => (wanted.get('one')!.includes(shard) ? one : two).publisher
  await Promise.all(commits.map(({ head }) => answered(ownerOf(head.shard), head.zone, 1n)))
  publishers.splice(publishers.indexOf(one.publisher), 1)
  await one.publisher.close()
  await two.publisher.hears('want', ({ shards }) => shards.length === 64)
  for (const { head } of commits) {
    await two.publisher.take(zones.commit(head.zone, ['www A 192.0.2.2']))
    await answered(two.publisher, head.zone, 2n)
  }
})

test('the log id moves: positions begin anew, data stays', async () => {
  const { publisher, zones } = await publish()
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']), zones.commit('orphan.', ['www A 192.0.2.2']))
  await Promise.all([answered(publisher, 'example.', 1n), answered(publisher, 'orphan.', 1n)])
  const restored = new TestZones(2)
  publisher.moveLog(restored.logId)
  const said = await publisher.hears('position', ({ logId }) => Buffer.compare(logId, restored.logId) === 0)
  assert.equal(said.position, 0n)
  await publisher.take(restored.commit('example.', ['www A 192.0.2.3'], 2n))
  await answered(publisher, 'example.', 1n, 2n)
  assert.deepEqual(await edge.ask('www.example.'), ['www.example. A 192.0.2.3'])
  assert.deepEqual(await edge.ask('www.orphan.'), ['www.orphan. A 192.0.2.2'])
})

test('nothing is called answered before the DNS server answers it', async () => {
  const { publisher, zones } = await publish()
  let isOpen = false
  const asked = signalled()
  const edge = await startEdge([publisher.url], newFolder(), {
    respond: (respond) => (query, client) => {
      asked.resolve()
      return isOpen ? respond(query, client) : undefined
    },
  })
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']))
  await publisher.hears('ack', ({ zone }) => zone === 'example.')
  await asked.promise
  // Everything that was said until now was said before the server answered.
  assert.equal(publisher.heard.filter(({ kind }) => kind === 'answered').length, 0)
  isOpen = true
  await answered(publisher, 'example.', 1n)
  assert.deepEqual(await edge.ask('www.example.'), ['www.example. A 192.0.2.1'])
})

test('nothing is called answered while the DNS server answers the version before', async () => {
  const { publisher, zones } = await publish()
  const stale = new Map<string, Uint8Array>()
  let isStale = false
  const asked = signalled()
  await startEdge([publisher.url], newFolder(), {
    respond: (respond) => (query, client) => {
      const key = Buffer.from(query.subarray(2)).toString('hex')
      const old = stale.get(key)
      if (isStale && old) {
        asked.resolve()
        return { bytes: Buffer.concat([query.subarray(0, 2), old.subarray(2)]), rcode: 0, truncated: false }
      }
      const response = respond(query, client)
      if (response) stale.set(key, response.bytes)
      return response
    },
  })
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']))
  await answered(publisher, 'example.', 1n)
  isStale = true
  await publisher.take(zones.commit('example.', ['www A 192.0.2.2']))
  await publisher.hears('ack', ({ state }) => state.version === 2n)
  await asked.promise
  assert.equal(publisher.heard.filter((said) => said.kind === 'answered' && said.state?.version === 2n).length, 0)
  isStale = false
  await answered(publisher, 'example.', 2n)
})

test('a credential that is put right in its file is taken up without a restart', async () => {
  const { publisher, zones } = await publish()
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']))
  const tokenFile = join(newFolder(), 'token')
  writeFileSync(tokenFile, 'zc_wrong')
  const edge = await startEdge([publisher.url], newFolder(), {}, { tokenFile })
  const client = edge.client(EdgeService, tokens.administrator)
  await assert.rejects(client.getStatus({}))
  writeFileSync(tokenFile, tokens.edge)
  await answered(publisher, 'example.', 1n)
})

test('an edge stops within its grace while streams are open and a fetch waits', async () => {
  const { publisher, zones } = await publish({
    inlineOctets: 0,
    onPart: () => {
      throw new Error('never')
    },
  })
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', hosts(10)))
  await publisher.hears('hello')
  const begunAt = performance.now()
  await edge.stop()
  assert.ok(performance.now() - begunAt < 3_000)
})
