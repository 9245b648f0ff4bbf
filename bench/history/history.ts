/** What history and searches cost: many versions, many zones, many records; and what they cost the changes beside them. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { type FindRRsetsRequestSchema, SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { importZone } from '../../conformance/lib/zones.ts'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { anonymousMiB, cpuMs } from '../lib/process-use.ts'
import { zoneText } from '../lib/zone-text.ts'

const sizeOf = (name: string, size: number) => Number(process.env[name] ?? (process.env['BENCH_QUICK'] ? size / 100 : size))
const versions = sizeOf('BENCH_VERSIONS', 100_000)
const records = sizeOf('BENCH_RECORDS', 1_000_000)
const zones = sizeOf('BENCH_ZONES', 100_000)
const callers = 64
const head = '@ 300 IN SOA ns.example.net. hostmaster 1 7200 3600 1209600 300\n@ 300 IN NS ns.example.net.\n'

type FindRequest = Extract<MessageInitShape<typeof FindRRsetsRequestSchema>, { $typeName?: undefined }>

export async function benchHistory(): Promise<void> {
  const system = await startSystem({ edges: [], publishers: [] })
  try {
    await manyVersions(system)
    await manyRecords(system)
    await manyZones(system)
  } finally {
    await system.close()
  }
}

/** A zone whose `www` changes every thousandth time. */
async function manyVersions(system: System): Promise<void> {
  const zone = 'versions.example.'
  await importZone(system.client(ZoneService), { zone }, `$ORIGIN ${zone}\n${head}`)
  const client = system.client(RecordService)
  let next = 2
  const caller = async () => {
    for (let i = next++; i <= versions; i = next++) {
      const name = i % 1000 === 0 ? 'www' : `w${i % 500}`
      const put = { name, type: 'A', ttl: 60, values: [`192.0.${(i >> 8) & 255}.${i & 255}`] }
      await client.applyChanges({ zone, changes: [{ operation: { case: 'put', value: put } }], reason: 'a bench' })
    }
  }
  const writtenMs = await timeOf(() => Promise.all(Array.from({ length: callers }, caller)))
  console.log(`${versions} versions of one zone, written in ${Math.round(writtenMs / 1000)} s`)
  const history = system.client(HistoryService)
  const audit = system.client(AuditService)
  await measure(system, 'the newest 100 versions', () => history.listVersions({ zone }))
  await measure(system, 'who changed www: the newest 100', () => history.listVersions({ zone, name: 'www' }))
  await measure(system, 'the difference of the newest two', () => drain(history.diffVersions({ zone })))
  const [first, last] = [1n, BigInt(versions)]
  await measure(
    system,
    'the difference of the first and the last',
    () => drain(history.diffVersions({ zone, fromVersion: first, toVersion: last })),
    3,
  )
  await measure(system, 'export of the first', () => drain(system.client(ZoneService).exportZone({ zone, version: first })), 3)
  await measure(system, 'restore of the one before the newest, dry', () =>
    history.restoreVersion({ zone, version: last - 1n, dryRun: true }),
  )
  await measure(system, 'audit: the newest 100', () => audit.listEvents({}))
  await measure(system, 'audit: the newest 100 of the zone', () => audit.listEvents({ zone }))
  await measure(system, 'audit: a principal without events', () => auditToEnd(system, 'nobody'), 3)
}

async function auditToEnd(system: System, principal: string): Promise<void> {
  const audit = system.client(AuditService)
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    pageToken = (await audit.listEvents({ principal, pageToken })).nextPageToken
  }
}

async function manyRecords(system: System): Promise<void> {
  const zone = 'records.example.'
  const outcome = await importZone(system.client(ZoneService), { zone }, zoneText(zone, records))
  console.log(`\n${outcome.rrCount} records in one zone`)
  const one = { name: { match: { case: 'exact' as const, value: zone } } }
  const find = (request: Pick<FindRequest, 'name' | 'type' | 'value'>) => () =>
    drain(system.client(SearchService).findRRsets({ ...request, zones: one } as FindRequest))
  const contains = (value: string) => ({ match: { case: 'contains' as const, value } })
  const exact = (value: string) => ({ match: { case: 'exact' as const, value } })
  await measure(system, 'one name', find({ name: exact(`www.${zone}`) }))
  await measure(system, 'names that hold a text, none there', find({ name: contains('nowhere') }))
  await measure(system, 'a type, none there', find({ type: 'LOC' }))
  await measure(system, 'an address', find({ value: exact('192.0.2.254') }))
  await measure(system, 'values that hold a part of an address', find({ value: contains('192.0.2.254') }))
  await measure(system, 'values that hold a text, none there', find({ value: contains('nowhere') }))
  await beside(system, find({ name: contains('nowhere') }), 'names that hold a text')
  await beside(system, find({ value: contains('192.0.2.254') }), 'values that hold a part of an address')
}

/** One change after the other, alone and while one search follows the other. */
async function beside(system: System, search: () => Promise<unknown>, name: string): Promise<void> {
  let isOn = false
  let searching = Promise.resolve()
  for (const run of ['alone', `beside a search for ${name}`]) {
    if (isOn) searching = repeat(search, () => isOn)
    const times: number[] = []
    const before = cpuMs(system.app('zone-api').child.pid!)
    for (let i = 0; i < 1000; i++) {
      const put = { name: 'beside', type: 'A', values: [`192.0.${i >> 8}.${i & 255}`] }
      const changes = [{ operation: { case: 'put' as const, value: put } }]
      times.push(await timeOf(() => system.client(RecordService).applyChanges({ zone: 'versions.example.', changes })))
    }
    report(`a change ${run}`, times, (cpuMs(system.app('zone-api').child.pid!) - before) / times.length)
    isOn = !isOn
    await searching
  }
}

async function repeat(search: () => Promise<unknown>, isOn: () => boolean): Promise<void> {
  while (isOn()) await search()
}

async function manyZones(system: System): Promise<void> {
  const client = system.client(ZoneService)
  const perStream = 5000
  const madeMs = await timeOf(async () => {
    for (let from = 0; from < zones; from += perStream) {
      async function* messages() {
        for (let i = from; i < Math.min(from + perStream, zones); i++) {
          yield { part: { case: 'header' as const, value: { zone: `z${i}.many.test.` } } }
          yield {
            part: { case: 'data' as const, value: Buffer.from(`$ORIGIN z${i}.many.test.\n${head}www 60 A 192.0.2.${i & 255}\n`) },
          }
        }
      }
      await client.importZone(messages(), { timeoutMs: 300_000 })
    }
  })
  console.log(`\n${zones} zones, made in ${Math.round(madeMs / 1000)} s`)
  const pid = system.app('zone-api').child.pid!
  const before = anonymousMiB(pid)
  await measure(system, 'all of them in pages of 1 000', () => listAll(system), 3)
  console.log(`  anonymous memory of the zone API: ${before.toFixed(0)} MiB before, ${anonymousMiB(pid).toFixed(0)} MiB after`)
  const contains = { match: { case: 'contains' as const, value: 'z777.' } }
  await measure(system, 'zones whose name holds a text', () => listAll(system, contains), 3)
  const search = system.client(SearchService)
  const name = { match: { case: 'exact' as const, value: 'www.z777.many.test' } }
  await measure(system, 'one name, across all zones', () => drain(search.findRRsets({ name })))
  const value = { match: { case: 'exact' as const, value: '203.0.113.1' } }
  const zoneFilter = { name: { match: { case: 'suffix' as const, value: 'many.test' } } }
  await measure(system, 'an address, across all of them', () => drain(search.findRRsets({ value, zones: zoneFilter })), 3)
}

async function listAll(system: System, name?: { match: { case: 'contains'; value: string } }): Promise<void> {
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    const page = await system.client(ZoneService).listZones({ pageSize: 1000, pageToken, ...(name && { filter: { name } }) })
    pageToken = page.nextPageToken
  }
}

async function measure(system: System, name: string, call: () => Promise<unknown>, times = 20): Promise<void> {
  const ms: number[] = []
  const pid = system.app('zone-api').child.pid!
  const before = cpuMs(pid)
  for (let i = 0; i < times; i++) ms.push(await timeOf(call))
  report(name, ms, (cpuMs(pid) - before) / times)
}

/** On a busy machine the time on a core says more. */
function report(name: string, ms: number[], onCoreMs: number): void {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)
  console.log(`  ${name.padEnd(64)} ${at(0.5).padStart(8)} ms  (p99 ${at(0.99)}), ${onCoreMs.toFixed(1)} ms on a core`)
}

async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await call()
  return performance.now() - startedMs
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

if (process.argv[1] === import.meta.filename) await benchHistory()
