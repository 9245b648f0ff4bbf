/** What history costs: many versions of one zone. */
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { importZone } from '../../conformance/lib/zones.ts'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { drain, measure, timeOf } from '../lib/measure.ts'

const sizeOf = (name: string, size: number) => Number(process.env[name] ?? (process.env['BENCH_QUICK'] ? size / 100 : size))
const versions = sizeOf('BENCH_VERSIONS', 100_000)
const callers = 64
const head = '@ 300 IN SOA ns.example.net. hostmaster 1 7200 3600 1209600 300\n@ 300 IN NS ns.example.net.\n'

export async function benchHistory(): Promise<void> {
  const system = await startSystem({ edges: [], publishers: [] })
  try {
    await manyVersions(system)
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

if (process.argv[1] === import.meta.filename) await benchHistory()
