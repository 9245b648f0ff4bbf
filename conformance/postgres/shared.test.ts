/** Several zone APIs keep their zones in one database, and each sees what the others do. */
import { strict as assert } from 'node:assert'
import { parseName, zoneKeyOf } from '@zonecast/dns'
import { buildPages, ownerKey } from '@zonecast/zone'
import { afterAll, afterEach, beforeAll, test } from 'vitest'
import type { CommitEvent, ZoneDatabase } from '../../apps/zone-api/database/zone-database.ts'
import {
  address,
  changeSet,
  checkWhole,
  content,
  context,
  gatherEvents,
  newZone,
  put,
  refused,
  rr,
  soa,
  valuesOf,
  zone,
} from '../../apps/zone-api/database/suite/fixture.ts'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { until } from '../lib/until.ts'
import { type OpenedDatabase, openShared } from './databases.ts'

let server: PostgresServer
let count = 0
let url: string
const opened: OpenedDatabase[] = []
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function openSeveral(howMany: number): Promise<ZoneDatabase[]> {
  url = await server.database(`shared_${++count}`)
  const all = await Promise.all(Array.from({ length: howMany }, () => openShared(url)))
  opened.push(...all)
  return all.map(({ database }) => database)
}

const change = (owner: string, value = '192.0.2.7', more: Parameters<typeof changeSet>[1] = {}) =>
  changeSet([put(owner, 'A', value)], more)

/** Settles when an event with this position has been handed on. */
async function heard(database: ZoneDatabase, events: readonly CommitEvent[], position: bigint): Promise<void> {
  if (events.some(({ head }) => head.position >= position)) return
  await new Promise<void>((resolve) => {
    const stop = database.onCommit((some) => {
      if (!some.some(({ head }) => head.position >= position)) return
      stop()
      resolve()
    })
  })
}

test('several open an empty database at once, and agree on its log id', async () => {
  const all = await openSeveral(4)
  assert.equal(new Set(all.map(({ logId }) => Buffer.from(logId).toString('hex'))).size, 1)
})

test('what one has committed the others read at once, and build upon', async () => {
  const [a, b] = (await openSeveral(2)) as [ZoneDatabase, ZoneDatabase]
  await a.createZone(newZone())
  for (let i = 0; i < 10; i++) {
    const [writer, reader] = i % 2 === 0 ? [b, a] : [a, b]
    const { effect } = await writer.applyChanges(change('www', `192.0.2.${i}`))
    assert.equal(effect.state.version, BigInt(i + 2))
    assert.equal((await reader.headOf(zone))!.state.version, effect.state.version)
    assert.deepEqual(await valuesOf(reader, 'www'), [address(`192.0.2.${i}`)])
    await checkWhole(reader)
  }
  await refused(b.createZone(newZone()), zone)
})

test('many changes of one zone by three make a version each, without a gap, and every listener hears of them in order', async () => {
  const all = await openSeveral(3)
  const events = all.map((database) => gatherEvents(database))
  await all[0]!.createZone(newZone())
  const told = await Promise.all(
    Array.from({ length: 300 }, (_, i) =>
      all[i % 3]!.applyChanges(change(`w${i}`, '192.0.2.7', context({ requestId: `r${i}` }))),
    ),
  )
  const versions = told.map(({ effect }) => Number(effect.state.version)).toSorted((x, y) => x - y)
  const serials = told.map(({ effect }) => effect.state.serial).toSorted((x, y) => x - y)
  assert.deepEqual(
    versions,
    Array.from({ length: 300 }, (_, i) => i + 2),
  )
  assert.deepEqual(
    serials,
    Array.from({ length: 300 }, (_, i) => i + 2),
  )
  const newest = (await all[0]!.headOf(zone))!.position
  for (const [index, database] of all.entries()) {
    const seen = events[index]!
    await heard(database, seen, newest)
    const positions = seen.map(({ head }) => head.position)
    assert.deepEqual(
      positions,
      positions.toSorted((x, y) => (x < y ? -1 : 1)),
    )
    assert.equal(new Set(positions).size, positions.length)
    assert.equal((await checkWhole(database)).state.version, 301n)
  }
})

test('zones of every shard, made and changed by three at once: no deadlock, and one listing for all', async () => {
  const all = await openSeveral(3)
  const zones = Array.from({ length: 150 }, (_, i) => zoneKeyOf(parseName(`z${i}.example.`)))
  await Promise.all(
    zones.map((name, i) => {
      const apex = parseName(name)
      return all[i % 3]!.createZone(newZone({ apex, soa: soa(1, apex) }))
    }),
  )
  await Promise.all(
    zones.flatMap((name) =>
      all.map((database, by) =>
        database.applyChanges(
          changeSet([{ ...put('x', 'A', `192.0.2.${by}`), owner: parseName(`x${by}.${name}`) }], { zone: name }),
        ),
      ),
    ),
  )
  const listings = await Promise.all(
    all.map((database) =>
      Promise.all(Array.from({ length: 64 }, (_, shard) => database.heads({ shard, after: 0n, limit: 1000 }))),
    ),
  )
  assert.deepEqual(listings[1], listings[0])
  assert.deepEqual(listings[2], listings[0])
  const heads = listings[0]!.flatMap((page) => page.heads)
  assert.equal(heads.length, 150)
  assert.ok(heads.every(({ state }) => state.version === 4n))
  const positions = await all[0]!.newestPositions()
  assert.equal(
    positions.reduce((sum, position) => sum + position, 0n),
    600n,
  )
})

test('a request id is good at every zone API, also when two are asked at once', async () => {
  const all = await openSeveral(3)
  await all[0]!.createZone(newZone())
  for (let round = 0; round < 10; round++) {
    const input = change(`r${round}`, '192.0.2.7', context({ requestId: `id-${round}` }))
    const told = await Promise.all(all.map((database) => database.applyChanges(input)))
    assert.equal(new Set(told.map(({ changeId }) => changeId)).size, 1)
    assert.equal(told[0]!.effect.state.version, BigInt(round + 2))
    const other = { ...input, bodyHash: new Uint8Array(32).fill(9) }
    await refused(all[1]!.applyChanges(other), 'REQUEST_ID_REUSED')
  }
})

test('a NUL in a reason or a request id does no harm', async () => {
  const [a] = (await openSeveral(1)) as [ZoneDatabase]
  await a.createZone(newZone())
  const input = { ...change('www', '192.0.2.7', context({ requestId: 'one\0two' })), reason: 'why\0not' }
  const first = await a.applyChanges(input)
  assert.deepEqual(await a.applyChanges(input), first)
  assert.equal((await a.getChange(first.changeId))!.reason, 'why\uFFFDnot')
})

test('a zone whose name is none is an error of that call alone', async () => {
  const [a] = (await openSeveral(1)) as [ZoneDatabase]
  await assert.rejects(a.applyChanges(change('www', '192.0.2.7', { zone: 'a..b.' })))
  await a.createZone(newZone())
})

test('a zone is made once, whoever makes it first', async () => {
  const all = await openSeveral(3)
  const made = await Promise.allSettled(all.map((database) => database.createZone(newZone())))
  assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
  assert.equal((await checkWhole(all[0]!)).state.version, 1n)
})

test('an expected version that another zone API has moved is refused', async () => {
  const [a, b] = (await openSeveral(2)) as [ZoneDatabase, ZoneDatabase]
  await a.createZone(newZone())
  const moved = await Promise.allSettled(
    [a, b].map((each) => each.applyChanges(change('www', '192.0.2.7', { expectedVersion: 1n }))),
  )
  assert.deepEqual(moved.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})

test('stages of a zone API that lives are left alone by one that starts; those of one that has gone are swept, also where the server has just restarted', async () => {
  const [a] = (await openSeveral(1)) as [ZoneDatabase]
  const rrs = [rr('@', 'NS', 'ns1'), rr('ns1', 'A', '192.0.2.1')]
  const input = content(rrs)
  const pages = [...buildPages(input.rrs)]
  const { stage } = await a.beginStage(zone)
  await a.writeStage(stage, pages)
  const b = await openShared(url)
  const left = await b.database.beginStage('gone.example.')
  await b.close()
  // Until it has connected again, a holds no lock.
  await server.stop()
  await server.start()
  const c = await openShared(url)
  opened.push(c)
  const isLeft = `SELECT 1 FROM contents WHERE number = ${left.stage} AND state = 'stage'`
  await until('the stage of one that has gone is dropped', async () => (await server.sql(`shared_${count}`, isLeft)).length === 0)
  await refused(c.database.writeStage(left.stage, pages), 'stage')
  const { effect } = await a.commitStage({ ...input, stage, hasDelta: false })
  assert.equal(effect.state.version, 1n)
  assert.equal((await checkWhole(c.database)).state.version, 1n)
})

test('while a stage is written piece by piece, changes of others go on, and its replacement reaches every cache', async () => {
  const [a, b] = (await openSeveral(2)) as [ZoneDatabase, ZoneDatabase]
  await a.createZone(newZone())
  await b.applyChanges(change('www'))
  const { stage } = await a.beginStage(zone)
  const input = content([rr('@', 'NS', 'ns1'), rr('ns1', 'A', '192.0.2.1'), rr('new', 'A', '192.0.2.9')], {
    overwrite: true,
    force: true,
  })
  const pages = [...buildPages(input.rrs)]
  await a.writeStage(stage, pages)
  for (let i = 0; i < 5; i++) await b.applyChanges(change(`b${i}`))
  await a.commitStage({ ...input, stage, hasDelta: false })
  assert.deepEqual(await valuesOf(b, 'b1'), [])
  await b.applyChanges(change('after'))
  assert.deepEqual(await valuesOf(a, 'new'), [address('192.0.2.9')])
  await checkWhole(a)
  const range = await a.readRange({ zone, fromKey: ownerKey(0, parseName(zone)), maxOctets: 1 << 20 })
  assert.ok(range.last)
})
