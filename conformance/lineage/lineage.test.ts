/** A database that goes back in time, by a restore or behind our back: edges lose nothing, and no serial is used twice. */
import { strict as assert } from 'node:assert'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Serving } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { LineageService, LineageState } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { ZoneService, ZoneSettingsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { asSerial, isAfter } from '@zonecast/dns'
import { reasonsOf } from '@zonecast/rpc'
import { afterEach, beforeEach, test } from 'vitest'
import { metric } from '../lib/metric.ts'
import { dig } from '../lib/programs.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { adopt, type Adopted, database, recover } from './commands.ts'
import { serialOf, watchSerials } from './serial-watch.ts'

const edges = ['edge-1', 'edge-2']
const zone = 'harbour.example.'
const text = (name: string) => `@ 60 IN SOA ns1 hostmaster 7 14400 3600 1209600 300
@ 60 IN NS ns1.dns.example.
ver 1 IN TXT "${name} 0"
`
let system: System
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zonecast-lineage-'))
  system = await startSystem({ edges })
})
afterEach(async () => {
  await system?.close()
  rmSync(folder, { recursive: true, force: true })
})

const change = (value: string) => putRRset(system, zone, 'ver', 'TXT', [`"${value}"`], 1)
const valueAt = async (edge: string) => (await dig(system.dnsOf(edge), `ver.${zone}`, 'TXT')).answer.join()

/** Every change is refused, the health service says why, and edges go on answering. */
async function expectHeldBack(state: LineageState): Promise<void> {
  await until('that it is noticed', async () => (await system.client(LineageService).getLineage({})).state === state)
  await assert.rejects(change('refused'), (error) => {
    assert.ok(error instanceof ConnectError && error.code === Code.FailedPrecondition, String(error))
    assert.deepEqual(reasonsOf(error), ['LINEAGE_REGRESSED'])
    return true
  })
  const { status } = await system.client(Health).check({ service: 'zonecast.lineage' })
  assert.equal(status, Serving.NOT_SERVING)
  assert.equal((await system.client(Health).check({ service: '' })).status, Serving.SERVING)
  assert.equal(await metric(system, 'zone-api', 'zonecast_lineage_regressed'), 1)
  assert.ok(system.app('zone-api').log.some((line) => line.includes('LINEAGE_REGRESSED')))
}

/** Adopts and starts the zone API anew, as whoever keeps it running does. */
async function adoptAll(): Promise<Adopted> {
  const { code, out, err } = await adopt(system, edges)
  assert.equal(code, 0, err)
  assert.equal(await system.app('zone-api').ended, 69)
  await system.stop('zone-api')
  await system.start('zone-api')
  return JSON.parse(out) as Adopted
}

/** Until both edges are past these serials with the same content. */
async function expectPast(serials: readonly number[], value: string): Promise<void> {
  for (const [at, edge] of edges.entries()) {
    await until(`${edge} is at ${value}`, async () => (await valueAt(edge)).includes(value))
    const serial = await serialOf(system, edge, zone)
    assert.ok(isAfter(asSerial(serial), asSerial(serials[at]!)), `${edge}: ${serials[at]} became ${serial}`)
  }
}

test('a backup is taken while changes go on, restored, and adopted: edges converge, and serials go only forward', async () => {
  await publishZone(system, zone, text('first'))
  await publishZone(system, 'deleted.example.', text('deleted'))
  const watch = watchSerials(system, 'edge-1', zone, `ver.${zone}`)
  const file = join(folder, 'one.backup')
  const taking = database(system, ['backup', file])
  const taken = new AbortController()
  void taking.finally(() => taken.abort())
  let last = ''
  for (let i = 1; i < 10 || !taken.signal.aborted; i++) last = await change(`before ${i}`)
  const { code, err } = await taking
  assert.equal(code, 0, err)
  // What the backup does not know: more versions, a zone that is new, one that is gone.
  for (let i = 1; i <= 5; i++) last = await change(`lost ${i}`)
  await answered(system, last)
  const settings = create(ZoneSettingsSchema, { guardPercent: 70 })
  await publishZone(system, 'later.example.', text('later'), { settings } as object)
  await publishZone(system, 'other.example.', text('other'))
  const { changeId } = await system.client(ZoneService).deleteZone({ zone: 'deleted.example.' })
  await answered(system, changeId)
  const serials = await Promise.all(edges.map((edge) => serialOf(system, edge, zone)))
  await watch.look()

  const early = await database(system, ['restore', file, '--force'])
  assert.equal(early.code, 69, 'the zone API is running')
  await system.stop('zone-api')
  const unforced = await database(system, ['restore', file])
  assert.equal(unforced.code, 64, 'the database is not empty')
  const restored = await database(system, ['restore', file, '--force'])
  assert.equal(restored.code, 0, restored.err)
  await system.start('zone-api')
  await expectHeldBack(LineageState.RESTORED)
  for (const edge of edges) assert.match(await valueAt(edge), /lost 5/, 'edges keep what they have')
  const tooEarly = await recover(system, edges, ['later.example', '--dry-run'])
  assert.equal(tooEarly.code, 1)
  const { error } = JSON.parse(tooEarly.err) as { error: { code: string; message: string } }
  assert.match(tooEarly.err, /LINEAGE_REGRESSED/)
  assert.match(error.message, /the database was restored .*run "zonectl db adopt" first/)
  const missing = await adopt(system, ['edge-1'])
  assert.equal(missing.code, 1, 'edge-2 was not asked')
  assert.match(missing.err, /edge-2/)

  const { before, raised, orphans } = await adoptAll()
  assert.deepEqual([before, orphans.toSorted()], ['restored', ['later.example.', 'other.example.']])
  assert.deepEqual([...raised].toSorted(), ['deleted.example.', zone])
  await expectPast(serials, 'before')
  await watch.look()
  await answered(system, await change('after'))
  await watch.look()
  await watch.end()
  for (const edge of edges) {
    assert.match(await valueAt(edge), /after/)
    assert.equal((await dig(system.dnsOf(edge), 'ver.later.example.', 'TXT')).answer.length, 1, 'a zone made after the backup')
    assert.equal((await dig(system.dnsOf(edge), 'ver.deleted.example.', 'TXT')).answer.length, 1, 'a zone deleted after it')
    const { orphans: kept } = await system.client(EdgeService, edge).getStatus({})
    assert.deepEqual(kept.toSorted(), ['later.example.', 'other.example.'])
  }
  await expectRecovered()
  // Made anew, a zone comes after what edges have of it.
  await publishZone(system, 'other.example.', text('again'))
  assert.equal(await serialOf(system, 'edge-1', 'other.example.'), 8)
})

/** An orphan is a zone again: dry first, then for good, with its settings, a serial that is new, and a line in the audit. */
async function expectRecovered(): Promise<void> {
  const api = system.client(ZoneService)
  const words = ['later.example', '--reason', 'it was lost']
  const dry = await recover(system, edges, [...words, '--dry-run'])
  assert.equal(dry.code, 0, dry.err)
  await assert.rejects(api.getZone({ zone: 'later.example.' }), (error) => ConnectError.from(error).code === Code.NotFound)
  const { code, out, err } = await recover(system, edges, words)
  assert.equal(code, 0, err)
  const { changeId, records } = JSON.parse(out) as { changeId: string; records: number }
  assert.equal(records, 3)
  await answered(system, changeId)
  const { zone: back } = await api.getZone({ zone: 'later.example.' })
  assert.deepEqual([back?.state?.serial, back?.settings?.guardPercent], [8, 70])
  for (const edge of edges) {
    assert.equal(await serialOf(system, edge, 'later.example.'), 8)
    assert.match((await dig(system.dnsOf(edge), 'ver.later.example.', 'TXT')).answer.join(), /later 0/)
    assert.deepEqual((await system.client(EdgeService, edge).getStatus({})).orphans, ['other.example.'])
  }
  const { events } = await system.client(AuditService).listEvents({ zone: 'later.example.' })
  assert.deepEqual(
    events.map(({ principal, method, what }) => [principal, method, what.case === 'change' && what.value.reason]),
    [['administrator', 'ImportZone', 'it was lost']],
  )
  await answered(system, await putRRset(system, 'later.example.', 'ver', 'TXT', ['"changed"'], 1))
  for (const [name, says] of [
    ['later.example', /is a zone already/],
    ['nowhere.example', /none of 2 edges has nowhere\.example\./],
  ] as const) {
    const refused = await recover(system, edges, [name])
    assert.equal(refused.code, 1)
    assert.match(refused.err, says)
  }
}

test('a database that was rolled back behind our back is noticed by those who are ahead, and adopted', async () => {
  await publishZone(system, zone, text('first'))
  await answered(system, await change('kept'))
  await system.stop('zone-api')
  cpSync(system.dataOf('zone-api'), join(folder, 'snapshot'), { recursive: true })
  await system.start('zone-api')
  const watch = watchSerials(system, 'edge-1', zone, `ver.${zone}`)
  for (let i = 1; i <= 3; i++) await answered(system, await change(`lost ${i}`))
  await watch.look()
  const serials = await Promise.all(edges.map((edge) => serialOf(system, edge, zone)))
  await system.stop('zone-api', 'SIGKILL')
  rmSync(system.dataOf('zone-api'), { recursive: true })
  cpSync(join(folder, 'snapshot'), system.dataOf('zone-api'), { recursive: true })
  await system.start('zone-api')
  await expectHeldBack(LineageState.REGRESSED)
  // Not forgotten by a restart.
  await system.stop('zone-api')
  await system.start('zone-api')
  await expectHeldBack(LineageState.REGRESSED)

  const { before, raised, orphans } = await adoptAll()
  assert.deepEqual([before, raised, orphans], ['regressed', [zone], []])
  await expectPast(serials, 'kept')
  await watch.look()
  await answered(system, await change('after'))
  await watch.look()
  await watch.end()
})

test('an edge alone shows that the database was rolled back, where the publisher has lost its memory', async () => {
  await publishZone(system, zone, text('first'))
  await system.stop('zone-api')
  cpSync(system.dataOf('zone-api'), join(folder, 'snapshot'), { recursive: true })
  await system.start('zone-api')
  for (let i = 1; i <= 3; i++) await answered(system, await change(`lost ${i}`))
  await system.stop('publisher')
  await system.stop('zone-api')
  for (const name of ['zone-api', 'publisher']) rmSync(system.dataOf(name), { recursive: true })
  cpSync(join(folder, 'snapshot'), system.dataOf('zone-api'), { recursive: true })
  await system.start('zone-api')
  await system.start('publisher')
  await expectHeldBack(LineageState.REGRESSED)
  const { detail } = await system.client(LineageService).getLineage({})
  assert.match(detail, /^edge-\d stands at/)
})

test('a database from before the last adoption, such as that of before a move, is noticed by its generations', async () => {
  await publishZone(system, zone, text('first'))
  const file = join(folder, 'move.backup')
  assert.equal((await database(system, ['backup', file])).code, 0)
  await system.stop('zone-api')
  cpSync(system.dataOf('zone-api'), join(folder, 'left behind'), { recursive: true })
  assert.equal((await database(system, ['restore', file, '--force'])).code, 0)
  await system.start('zone-api')
  await expectHeldBack(LineageState.RESTORED)
  await adoptAll()
  for (let i = 1; i <= 3; i++) await answered(system, await change(`kept ${i}`))
  const serials = await Promise.all(edges.map((edge) => serialOf(system, edge, zone)))

  await system.stop('zone-api')
  rmSync(system.dataOf('zone-api'), { recursive: true })
  cpSync(join(folder, 'left behind'), system.dataOf('zone-api'), { recursive: true })
  await system.start('zone-api')
  await expectHeldBack(LineageState.REGRESSED)
  const { detail } = await system.client(LineageService).getLineage({})
  assert.match(detail, /^the publisher publisher has harbour\.example\. in generation \d+, and the database in \d+$/)
  for (const edge of edges) assert.match(await valueAt(edge), /kept 3/, 'edges keep what they have')
  await adoptAll()
  await answered(system, await change('after'))
  await expectPast(serials, 'after')
})
