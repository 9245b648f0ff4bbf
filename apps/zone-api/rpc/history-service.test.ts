/** Every version can be read, compared and brought back. */
import { ConnectError } from '@connectrpc/connect'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ImportMode, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { reasonsOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

let zones = 0
async function newZone(): Promise<string> {
  const zone = `history${++zones}.example.`
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'], reason: 'new' })
  return zone
}

const put = (name: string, ...values: string[]) => ({
  operation: { case: 'put' as const, value: { name, type: 'A', ttl: 60, values } },
})
const apply = (zone: string, ...changes: ReturnType<typeof put>[]) =>
  server.client(RecordService).applyChanges({ zone, changes, reason: `sets ${changes[0]!.operation.value.name}` })

/** A zone file without its SOA. */
async function importFile(zone: string, lines: readonly string[], force = true): Promise<void> {
  async function* parts() {
    yield { part: { case: 'header' as const, value: { zone, mode: ImportMode.REPLACE, force, reason: 'an import' } } }
    const head = `$ORIGIN ${zone}\n$TTL 300\n@ SOA ns hostmaster 1 7200 3600 1209600 300\n@ NS ns.example.net.\n`
    yield { part: { case: 'data' as const, value: Buffer.from(`${head}${lines.join('\n')}\n`) } }
  }
  const { outcomes } = await server.client(ZoneService).importZone(parts())
  assert.deepEqual(outcomes[0]!.errors, [])
}

/** The records of a version, without the SOA, whose serial moves with every version. */
async function recordsAt(zone: string, version = 0n): Promise<string[]> {
  const stream = server.client(ZoneService).exportZone({ zone, version })
  const lines = await text(
    (async function* () {
      for await (const { data } of stream) yield data
    })(),
  )
  return lines.split('\n').filter((line) => line !== '' && !line.startsWith('$') && !line.includes(' SOA '))
}

async function diff(zone: string, fromVersion = 0n, toVersion = 0n): Promise<string[]> {
  const lines: string[] = []
  for await (const { differences } of server.client(HistoryService).diffVersions({ zone, fromVersion, toVersion })) {
    lines.push(...differences.map(({ added, text: record }) => `${added ? '+' : '-'} ${record}`))
  }
  return lines
}

/** A zone with nine versions: change sets, an import that replaces everything, one that changes much, change sets. */
async function longHistory(): Promise<{ zone: string; contents: string[][] }> {
  const zone = await newZone()
  const many = (value: string, count = 400) => Array.from({ length: count }, (_, i) => `w${i} A ${value}`)
  const steps = [
    () => apply(zone, put('www', '192.0.2.1'), put('mail', '192.0.2.2')),
    () => apply(zone, put('www', '192.0.2.3')),
    () => importFile(zone, many('192.0.2.9')),
    () => apply(zone, put('www', '192.0.2.4')),
    () => importFile(zone, [...many('192.0.2.9', 300), 'www A 192.0.2.5']),
    () => importFile(zone, many('198.51.100.1', 3000)),
    () => apply(zone, put('w5', '192.0.2.6', '192.0.2.7')),
    () => apply(zone, put('WWW', '192.0.2.8')),
  ]
  const contents = [[], await recordsAt(zone)]
  for (const step of steps) {
    await step()
    contents.push(await recordsAt(zone))
  }
  return { zone, contents }
}

/** Waits until an answer is an error, and gives what it says. */
async function refusalOf(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => ConnectError.from(reason),
  )
  return `${error.rawMessage} ${reasonsOf(error).join(' ')}`
}

test('every version is exported as it was, and any two are compared', { timeout: 60_000 }, async () => {
  const { zone, contents } = await longHistory()
  const newest = contents.length - 1
  for (let version = 1; version <= newest; version++)
    assert.deepEqual(await recordsAt(zone, BigInt(version)), contents[version], `${version}`)
  for (let from = 1; from <= newest; from++) {
    for (let to = 1; to <= newest; to++) {
      const found = (await diff(zone, BigInt(from), BigInt(to))).filter((line) => !line.includes(' SOA ')).length
      const gone = new Set(contents[from])
      const added = contents[to]!.filter((line) => !gone.delete(line)).length
      assert.equal(found, gone.size + added, `${from} to ${to}`)
    }
  }
  assert.deepEqual(await diff(zone, 2n, 3n), [`- www.${zone} 60 IN A 192.0.2.1`, `+ www.${zone} 60 IN A 192.0.2.3`])
})

test('versions are listed with author, time, reason, method and counts, page by page', async () => {
  const zone = await newZone()
  await apply(zone, put('www', '192.0.2.1'), put('mail', '192.0.2.2'))
  await apply(zone, put('www', '192.0.2.3'))
  const history = server.client(HistoryService)
  const first = await history.listVersions({ zone, pageSize: 2 })
  const second = await history.listVersions({ zone, pageSize: 2, pageToken: first.nextPageToken })
  assert.equal(second.nextPageToken, '')
  const seen = [...first.versions, ...second.versions].map((one) => {
    const { state, principal, reason, method, added, removed, rrCount } = one
    return [state!.version, state!.serial, principal, reason, method, added, removed, rrCount]
  })
  assert.deepEqual(seen, [
    [3n, 3, 'admin', 'sets www', 'ApplyChanges', 1n, 1n, 4n],
    [2n, 2, 'admin', 'sets www', 'ApplyChanges', 2n, 0n, 4n],
    [1n, 1, 'admin', 'new', 'CreateZone', 1n, 0n, 2n],
  ])
  assert.match(first.versions[0]!.changeId, /^chg_/)
})

test('who changed a name: change sets by the index, imports by what they did', { timeout: 60_000 }, async () => {
  const { zone } = await longHistory()
  const { versions } = await server.client(HistoryService).listVersions({ zone, name: 'www' })
  assert.deepEqual(
    versions.map(({ state, wholeZone }) => `${state!.version}${wholeZone ? ' whole' : ''}`),
    ['9', '7 whole', '6', '5', '4', '3', '2', '1 whole'],
  )
  const history = server.client(HistoryService)
  const first = await history.listVersions({ zone, name: `MAIL.${zone}`, pageSize: 2 })
  const second = await history.listVersions({ zone, name: 'mail', pageSize: 2, pageToken: first.nextPageToken })
  assert.deepEqual(
    [...first.versions, ...second.versions].map(({ state }) => state!.version),
    [7n, 4n, 2n, 1n],
  )
})

test('a restored version has the content it had, as a new version', { timeout: 60_000 }, async () => {
  const { zone, contents } = await longHistory()
  const history = server.client(HistoryService)
  for (const [step, version] of [8, 3, 9, 5, 6].entries()) {
    const { effect, changeId } = await history.restoreVersion({ zone, version: BigInt(version), force: true })
    assert.equal(effect!.state!.version, BigInt(contents.length + step))
    assert.match(changeId, /^chg_/)
    assert.deepEqual(await recordsAt(zone), contents[version], `${version}`)
  }
  const [last] = (await history.listVersions({ zone, pageSize: 1 })).versions
  assert.deepEqual([last!.method, last!.reason], ['RestoreVersion', 'restore of version 6'])
})

test('a restore is dry, guarded, bound to a version and repeated without harm', { timeout: 60_000 }, async () => {
  const zone = await newZone()
  await apply(zone, put('www', '192.0.2.1'))
  await apply(zone, ...Array.from({ length: 30 }, (_, i) => put(`w${i}`, '192.0.2.1')))
  const history = server.client(HistoryService)
  const dry = await history.restoreVersion({ zone, version: 2n, dryRun: true, force: true })
  assert.deepEqual([dry.changeId, dry.effect!.removed, dry.plan.length], ['', 30n, 30])
  assert.match(await refusalOf(history.restoreVersion({ zone, version: 2n })), /MASS_DELETE/)
  assert.match(await refusalOf(history.restoreVersion({ zone, version: 2n, expectedVersion: 2n })), /VERSION_MOVED/)
  const never = await refusalOf(history.restoreVersion({ zone, version: 9n }))
  assert.match(never, /HISTORY_PRUNED/)
  assert.match(never, /there never was a version 9 of .*; the newest is 3/)
  const request = { zone, version: 2n, force: true, requestId: 'once' }
  const done = await history.restoreVersion(request)
  assert.equal((await history.restoreVersion(request)).changeId, done.changeId)
  assert.match(await refusalOf(history.restoreVersion({ ...request, version: 1n })), /REQUEST_ID_REUSED/)
  assert.equal((await history.restoreVersion({ zone, version: 2n })).effect!.changed, false)
})

test('the plan of a dry restore has the SOA where more of it comes back than its serial', { timeout: 60_000 }, async () => {
  const zone = await newZone()
  const soa = { name: '@', type: 'SOA', ttl: 900, values: ['ns9.example.net. host9 1 7200 3600 1209600 60'] }
  await server.client(RecordService).applyChanges({ zone, changes: [{ operation: { case: 'put', value: soa } }] })
  const planned = async (version: bigint): Promise<string[]> => {
    const { plan } = await server.client(HistoryService).restoreVersion({ zone, version, dryRun: true, force: true })
    const lines = plan.map(({ added, text: record }) => `${added ? '+' : '-'} ${record}`)
    return lines.filter((line) => line.includes(' SOA '))
  }
  const first = `ns.example.net. hostmaster.${zone}`
  const second = `ns9.example.net. host9.${zone}`
  assert.deepEqual(await planned(1n), [
    `- ${zone} 900 IN SOA ${second} 2 7200 3600 1209600 60`,
    `+ ${zone} 3600 IN SOA ${first} 3 14400 3600 1209600 300`,
  ])
  await apply(zone, put('www', '192.0.2.1'))
  assert.deepEqual(await planned(2n), [])
  // The way back from here is the replaced content itself.
  await importFile(
    zone,
    Array.from({ length: 3000 }, (_, i) => `w${i} A 192.0.2.1`),
  )
  const third = `- ${zone} 300 IN SOA ns.${zone} hostmaster.${zone} 4 7200 3600 1209600 300`
  assert.deepEqual(await planned(2n), [third, `+ ${zone} 900 IN SOA ${second} 5 7200 3600 1209600 60`])
})

test('a deleted zone comes back in a new generation, and versions go on counting', { timeout: 60_000 }, async () => {
  const { zone, contents } = await longHistory()
  const history = server.client(HistoryService)
  assert.match(await refusalOf(history.undeleteZone({ zone })), /not deleted/)
  const before = (await server.client(ZoneService).getZone({ zone })).zone!.state!
  await server.client(ZoneService).deleteZone({ zone })
  assert.equal((await history.listVersions({ zone, pageSize: 1 })).versions[0]!.state!.deleted, true)
  assert.deepEqual(await recordsAt(zone, before.version), contents.at(-1))
  const request = { zone, requestId: 'back' }
  const { effect, changeId } = await history.undeleteZone(request)
  assert.equal((await history.undeleteZone(request)).changeId, changeId)
  assert.deepEqual([effect!.state!.version, effect!.state!.serial], [before.version + 2n, before.serial + 1])
  assert.ok(effect!.state!.generation > before.generation)
  assert.deepEqual(await recordsAt(zone), contents.at(-1))
  await history.restoreVersion({ zone, version: 3n, force: true })
  assert.deepEqual(await recordsAt(zone), contents[3])
})

test('a purged name is gone from the history and from the audit log, and the zone stays as it is', async () => {
  const zone = await newZone()
  await apply(zone, put('ann', '192.0.2.1'))
  await apply(zone, put('bob', '192.0.2.2'))
  await apply(zone, put('ann', '192.0.2.3'))
  await apply(zone, put('bob', '192.0.2.4'))
  const records = await recordsAt(zone)
  const history = server.client(HistoryService)
  const purged = await history.purgeHistory({ zone, name: 'ann', reason: 'on request' })
  assert.deepEqual([purged.versions, purged.auditLines], [2n, 2n])
  assert.deepEqual(await recordsAt(zone), records)
  const { versions } = await history.listVersions({ zone })
  assert.deepEqual(
    versions.map((one) => [one.state!.version, one.reason, one.purged, one.principal]),
    [
      [5n, 'sets bob', false, 'admin'],
      [4n, '', true, 'admin'],
      [3n, 'sets bob', false, 'admin'],
      [2n, '', true, 'admin'],
      [1n, 'new', false, 'admin'],
    ],
  )
  assert.deepEqual(
    (await history.listVersions({ zone, name: 'ann' })).versions.map(({ wholeZone }) => wholeZone),
    [true],
  )
  const away = /version 3 of .* was there once, and it was purged .* for personal data; versions 4 to 5 are kept/
  assert.match(await refusalOf(history.restoreVersion({ zone, version: 3n })), /HISTORY_PRUNED/)
  for (const call of [() => history.restoreVersion({ zone, version: 3n }), () => recordsAt(zone, 3n), () => diff(zone, 3n, 5n)])
    assert.match(await refusalOf(call()), away)
  assert.equal((await diff(zone, 4n, 5n)).length, 2)
  await history.purgeHistory({ zone })
  assert.ok((await history.listVersions({ zone })).versions.every(({ purged: gone, state }) => gone || state!.version === 1n))
  assert.deepEqual(await recordsAt(zone), records)
})

for (const { name, call } of [
  {
    name: 'the history of a name',
    call: (zone: string, of: string) => server.client(HistoryService).listVersions({ zone, name: of }),
  },
  {
    name: 'a purge of a name',
    call: (zone: string, of: string) => server.client(HistoryService).purgeHistory({ zone, name: of }),
  },
  { name: 'a list of records', call: (zone: string, of: string) => server.client(RecordService).listRRsets({ zone, name: of }) },
])
  test(`${name} outside of the zone is told that it is not in the zone`, async () => {
    const zone = await newZone()
    await importFile(zone, ['www A 192.0.2.1'])
    const error = await call(zone, 'www.elsewhere.example.').then(() => undefined, ConnectError.from)
    assert.deepEqual(reasonsOf(error), ['OUT_OF_ZONE'])
    assert.match(error!.rawMessage, /^www\.elsewhere\.example\. is not in the zone history\d+\.example\./)
  })
