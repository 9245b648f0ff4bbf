/** Large zones and bad releases: what is fetched, resumed, refused and mended. */
import { strict as assert } from 'node:assert'
import { afterEach, test } from 'vitest'
import type { FollowResponse, Release } from '@zonecast/sync'
import type { KeyRange } from '@zonecast/zone'
import { closeEdges, startEdge } from './test-edge.ts'
import { startPublisher, type TestPublisher, type TestPublisherOptions } from './test-publisher.ts'
import { hosts, TestZones } from './test-zones.ts'

const publishers: TestPublisher[] = []
afterEach(async () => {
  await closeEdges()
  for (const publisher of publishers.splice(0)) await publisher.close()
})

async function publish(options: Partial<TestPublisherOptions> = {}, zones = new TestZones()) {
  const publisher = await startPublisher({ logId: zones.logId, inlineOctets: 20_000, ...options })
  publishers.push(publisher)
  return { publisher, zones }
}

const answered = (publisher: TestPublisher, version: bigint) =>
  publisher.hears('answered', (said) => said.state?.version === version)
const nacked = (publisher: TestPublisher, version: bigint) =>
  publisher.hears('nack', ({ refused }) => refused.version === version)
const sum = (octets: readonly { octets: number }[]) => octets.reduce((total, one) => total + one.octets, 0)

test('a fetch that is cut at several places goes on by its token and sends nothing twice', async () => {
  const cuts = [40_000, 80_000, 16_000, 120_000]
  const { publisher, zones } = await publish({
    onPart: (fetch, octets, range) => {
      if (octets >= (cuts[fetch - 1] ?? Infinity)) throw new Error('cut')
      return range
    },
  })
  const edge = await startEdge([publisher.url])
  const commit = zones.commit('example.', hosts(10_000))
  await publisher.take(commit)
  await answered(publisher, 1n)
  assert.deepEqual(await edge.ask('host-with-a-rather-long-name-9999.example.'), [
    'host-with-a-rather-long-name-9999.example. A 192.0.39.15',
  ])
  assert.equal(publisher.fetches.length, cuts.length + 1)
  assert.ok(publisher.fetches.slice(1).every(({ request }) => request.resume !== undefined))
  // What was sent and not yet taken when a cut came is sent again: some ranges, and never all.
  const whole = commit.header!.contentOctets
  assert.ok(sum(publisher.fetches) < whole + cuts.length * 70_000, `${sum(publisher.fetches)} octets for ${whole}`)
  assert.match(await edge.metrics.text(), /zonecast_edge_transferring_zones\{[^}]*\} 0/)
})

test('a zone that moves while its fetch is cut ends on the newest version', async () => {
  let moved: Promise<void> | undefined
  const { publisher, zones } = await publish({
    onPart: (fetch, octets, range) => {
      if (fetch > 1 || octets < 80_000) return range
      moved ??= publisher.take(zones.commit('example.', [...hosts(5_000), 'aaa A 192.0.2.77']))
      throw new Error('cut')
    },
  })
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', hosts(5_000)))
  await answered(publisher, 2n)
  await moved
  assert.deepEqual(await edge.ask('aaa.example.'), ['aaa.example. A 192.0.2.77'])
})

test('a publisher that dies in a fetch is taken up again where it was cut', async () => {
  const reached: (() => void)[] = []
  const dying = new Promise<void>((resolve) => reached.push(resolve))
  const zones = new TestZones()
  const { publisher } = await publish(
    {
      onPart: (_, octets, range) => {
        if (octets < 100_000) return range
        reached[0]?.()
        throw new Error('dying')
      },
    },
    zones,
  )
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', hosts(5_000)))
  await dying
  await publishers.pop()?.close()
  const { publisher: again } = await publish({ port: publisher.port }, zones)
  await again.take(...zones.newest())
  await answered(again, 1n)
  assert.ok(again.fetches[0]?.request.resume !== undefined)
  assert.equal((await edge.ask('host-with-a-rather-long-name-1.example.')).length, 1)
})

test('a large change of a zone that is there is fetched as a delta', async () => {
  const { publisher, zones } = await publish()
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', hosts(1_000)))
  await answered(publisher, 1n)
  const { tamper } = fetchInstead()
  const { publisher: other } = await publish({ tamper }, zones)
  await other.take(...zones.newest())
  await edge.stop()
  const second = await startEdge([other.url])
  await answered(other, 1n)
  await other.take(zones.commit('example.', [...hosts(1_000), 'new A 192.0.2.1']))
  await answered(other, 2n)
  const last = other.fetches.at(-1)
  assert.equal(last?.request.base?.version, 1n)
  assert.equal(last.octets, 0)
  assert.deepEqual(await second.ask('new.example.'), ['new.example. A 192.0.2.1'])
})

/** Turns deltas into orders to fetch. */
function fetchInstead(): { tamper: (response: FollowResponse) => FollowResponse } {
  return {
    tamper: (response) =>
      response.kind === 'release' && response.body.kind === 'delta'
        ? { ...response, body: { kind: 'fetch', octets: 1 } }
        : response,
  }
}

test('a range whose pages are not what its hash says is not taken', async () => {
  const { publisher, zones } = await publish({
    onPart: (fetch, octets, range) => (octets > 50_000 && fetch < 3 ? spoilt(range) : range),
  })
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', hosts(5_000)))
  await answered(publisher, 1n)
  assert.equal(publisher.fetches.length, 3)
  assert.equal((await edge.ask('host-with-a-rather-long-name-4000.example.')).length, 1)
})

function spoilt(range: KeyRange): KeyRange {
  const pages = range.pages.map(({ key, content }) => ({
    key,
    content: content.map((octet, at) => (at === 200 ? octet ^ 1 : octet)),
  }))
  return { ...range, pages }
}

test('a zone that cannot be had is refused, stands among the refused, and is mended by the next version', async () => {
  let isBroken = true
  const { publisher, zones } = await publish({ onPart: (_, __, range) => (isBroken ? spoilt(range) : range) })
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('example.', hosts(1_000)))
  const nack = await nacked(publisher, 1n)
  assert.equal(nack.reason, 'FETCH_FAILED')
  assert.deepEqual(await edge.ask('www.example.'), ['REFUSED'])
  assert.match(await edge.metrics.text(), /zonecast_edge_refused_zones\{[^}]*\} 1/)
  isBroken = false
  await publisher.take(zones.commit('example.', ['www A 192.0.2.1']))
  await answered(publisher, 2n)
  assert.match(await edge.metrics.text(), /zonecast_edge_refused_zones\{[^}]*\} 0/)
})

for (const { name, reason, spoil } of [
  { name: 'a delta that leads to another digest', reason: 'DIGEST_MISMATCH', spoil: withDelta((added) => added.map(lastOctet)) },
  { name: 'a delta that cannot be read', reason: 'MALFORMED', spoil: withDelta((added) => added.subarray(0, added.length - 3)) },
  {
    name: 'a delta that leads to another state than its release',
    reason: 'MALFORMED',
    spoil: (release: Release) => ({ ...release, state: { ...release.state, serial: 7, digest: new Uint8Array(32) } }),
  },
  {
    name: 'a tombstone of a live state',
    reason: 'MALFORMED',
    spoil: (release: Release) => ({ ...release, body: { kind: 'tombstone' } as const }),
  },
])
  test(`${name} changes nothing, and the zone is sent anew`, async () => {
    let isSpoilt = false
    const { publisher, zones } = await publish({
      tamper: (response) => {
        if (!isSpoilt || response.kind !== 'release') return response
        isSpoilt = false
        return spoil(response)
      },
    })
    const edge = await startEdge([publisher.url])
    await publisher.take(zones.commit('example.', ['www A 192.0.2.1']))
    await answered(publisher, 1n)
    isSpoilt = true
    await publisher.take(zones.commit('example.', ['www A 192.0.2.2']))
    const nack = await nacked(publisher, 2n)
    assert.equal(nack.reason, reason)
    assert.equal(nack.have?.version, 1n)
    await answered(publisher, 2n)
    assert.deepEqual(await edge.ask('www.example.'), ['www.example. A 192.0.2.2'])
  })

function withDelta(change: (added: Uint8Array) => Uint8Array): (release: Release) => Release {
  return (release) => {
    if (release.body.kind !== 'delta') return release
    const content = release.body.content as { delta: { removed: Uint8Array; added: Uint8Array } }
    const delta = { ...content.delta, added: change(content.delta.added) }
    return { ...release, body: { ...release.body, content: { ...content, delta } } }
  }
}

function lastOctet(octet: number, at: number, all: Uint8Array): number {
  return at === all.length - 1 ? octet ^ 0x55 : octet
}

test('a name that is none is refused, and other zones of the stream go on', async () => {
  const { publisher, zones } = await publish({
    tamper: (response) =>
      response.kind === 'release' && response.zone === 'bad.' ? { ...response, zone: 'bad..name' } : response,
  })
  const edge = await startEdge([publisher.url])
  await publisher.take(zones.commit('bad.', ['www A 192.0.2.1']), zones.commit('good.', ['www A 192.0.2.2']))
  await publisher.hears('answered', (said) => said.zone === 'good.')
  const nack = await publisher.hears('nack', ({ zone }) => zone === 'bad..name')
  assert.equal(nack.reason, 'MALFORMED')
  assert.deepEqual(await edge.ask('www.good.'), ['www.good. A 192.0.2.2'])
})
