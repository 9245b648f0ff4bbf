/** What reading costs at scale: searches in many records, lists of many zones, and RRsets by tag; and what they cost the changes beside them. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { type FindRRsetsRequestSchema, SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { type ListZonesRequestSchema, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { heapsOf, inspectable } from '../../conformance/lib/heaps.ts'
import { startPostgres } from '../../conformance/lib/postgres.ts'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { importZone } from '../../conformance/lib/zones.ts'
import { anonymousMiB, cpuMs, watchMemory } from '../lib/process-use.ts'
import { drain, measure, report, timeOf } from '../lib/measure.ts'
import { zoneText } from '../lib/zone-text.ts'

const sizeOf = (name: string, size: number) => Number(process.env[name] ?? (process.env['BENCH_QUICK'] ? size / 100 : size))
const records = sizeOf('BENCH_RECORDS', 1_000_000)
const zones = sizeOf('BENCH_ZONES', 100_000)
const tags = sizeOf('BENCH_TAGS', 20_000)
/** Lists of all zones, one after the other: memory that grows with what is listed shows. */
const listRounds = 5
const head = '@ 300 IN SOA ns.example.net. hostmaster 1 7200 3600 1209600 300\n@ 300 IN NS ns.example.net.\n'

type FindRequest = Extract<MessageInitShape<typeof FindRRsetsRequestSchema>, { $typeName?: undefined }>
type ListRequest = Extract<MessageInitShape<typeof ListZonesRequestSchema>, { $typeName?: undefined }>

/** On SQLite, or on a PostgreSQL of its own where `BENCH_ENGINE` says `postgres`. */
export async function benchReading(): Promise<void> {
  const server = process.env['BENCH_ENGINE'] === 'postgres' ? await startPostgres() : undefined
  const databaseUrl = await server?.database('reading')
  const system = await startSystem({ edges: [], publishers: [], flags: inspectable, ...(databaseUrl && { databaseUrl }) })
  try {
    await manyRecords(system)
    await manyTags(system)
    await manyZones(system)
  } finally {
    await system.close()
    await server?.close()
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
  await overIdle(system, async () => {
    await measure(system, 'one name', find({ name: exact(`www.${zone}`) }))
    await measure(system, 'names that hold a text, none there', find({ name: contains('nowhere') }))
    await measure(system, 'a type, none there', find({ type: 'LOC' }))
    await measure(system, 'an address', find({ value: exact('192.0.2.254') }))
    await measure(system, 'values that hold a part of an address', find({ value: contains('192.0.2.254') }))
    await measure(system, 'values that hold a text, none there', find({ value: contains('nowhere') }))
  })
  await importZone(system.client(ZoneService), { zone: besideZone }, `$ORIGIN ${besideZone}\n${head}`)
  await beside(system, find({ name: contains('nowhere') }), 'names that hold a text')
  await beside(system, find({ value: contains('192.0.2.254') }), 'values that hold a part of an address')
}

/** Starts the zone API anew, so that what it took to make all this does not count, and tells the most memory that reading took and what of it is held. */
async function overIdle(system: System, reading: () => Promise<void>): Promise<void> {
  await system.stop('zone-api')
  const program = await system.start('zone-api')
  const { pid } = program.ready
  const heaps = await heapsOf(program)
  const heldBefore = await heaps.heldMiB()
  const idle = anonymousMiB(pid)
  const watch = watchMemory([pid])
  await reading()
  const [peak = 0] = await watch.stop()
  console.log(`  anonymous memory of the zone API: ${idle.toFixed(0)} MiB idle, ${(peak - idle).toFixed(0)} MiB more at the most`)
  console.log(`  held in its heaps: ${heldBefore.toFixed(1)} MiB idle, ${(await heaps.heldMiB()).toFixed(1)} MiB behind it`)
  heaps.close()
}

const besideZone = 'beside.example.'

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
      times.push(await timeOf(() => system.client(RecordService).applyChanges({ zone: besideZone, changes })))
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
  for (const pageSize of [1000, 100]) {
    await overIdle(system, async () => {
      for (let round = 1; round <= listRounds; round++)
        await measure(system, `all of them in pages of ${pageSize}, round ${round}`, () => listAll(system, { pageSize }), 1)
    })
  }
  const contains = { match: { case: 'contains' as const, value: 'z777.' } }
  await measure(system, 'zones whose name holds a text', () => listAll(system, { pageSize: 1000, filter: { name: contains } }), 3)
  const search = system.client(SearchService)
  const name = { match: { case: 'exact' as const, value: 'www.z777.many.test' } }
  await measure(system, 'one name, across all zones', () => drain(search.findRRsets({ name })))
  const value = { match: { case: 'exact' as const, value: '203.0.113.1' } }
  const zoneFilter = { name: { match: { case: 'suffix' as const, value: 'many.test' } } }
  await measure(system, 'an address, across all of them', () => drain(search.findRRsets({ value, zones: zoneFilter })), 3)
}

async function listAll(system: System, request: Omit<ListRequest, 'pageToken'>): Promise<void> {
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false)
    pageToken = (await system.client(ZoneService).listZones({ ...request, pageToken })).nextPageToken
}

/** Every RRset of the zone has a tag, and every hundredth one that is rare. */
async function manyTags(system: System): Promise<void> {
  const zone = 'tags.example.'
  await importZone(system.client(ZoneService), { zone }, `$ORIGIN ${zone}\n${head}`)
  const perSet = 500
  const madeMs = await timeOf(async () => {
    for (let from = 0; from < tags; from += perSet) {
      const changes = Array.from({ length: Math.min(perSet, tags - from) }, (_, i) => {
        const note = { tags: { team: `t${(from + i) % 7}`, ...((from + i) % 100 === 0 && { rare: '' }) } }
        const value = { name: `n${from + i}`, type: 'A', values: ['192.0.2.1'], note }
        return { operation: { case: 'put' as const, value } }
      })
      await system.client(RecordService).applyChanges({ zone, changes })
    }
  })
  console.log(`\n${tags} RRsets with tags, written in ${Math.round(madeMs / 1000)} s`)
  const find = (tag: { tag: string; value?: string }) => () => drain(system.client(SearchService).findRRsets({ tag }))
  await measure(system, `a tag of ${tags / 100} RRsets, across all zones`, find({ tag: 'rare' }))
  await measure(system, `a value of a tag, ${Math.round(tags / 7)} RRsets`, find({ tag: 'team', value: 't3' }), 5)
  await measure(system, 'a tag that nothing has', find({ tag: 'nobody' }))
  await measure(system, 'a page of 100 RRsets with a tag', () =>
    system.client(RecordService).listRRsets({ zone, tag: { tag: 'team' } }),
  )
}

if (process.argv[1] === import.meta.filename) await benchReading()
