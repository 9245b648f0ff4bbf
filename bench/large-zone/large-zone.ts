/** A zone of a million records: into the database, to an edge, to an empty edge, and an edge with a warm store. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { startProxy, type TcpProxy } from '../../conformance/lib/tcp-proxy.ts'
import { answered, importZone, publishZone } from '../../conformance/lib/zones.ts'
import { round, tableText } from '../lib/figures.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { monotonicMs, Poller } from '../lib/poller.ts'
import { anonymousMiB, cpuMs, watchMemory } from '../lib/process-use.ts'
import { saveResults } from '../lib/results.ts'
import { zoneText } from '../lib/zone-text.ts'

const records = Number(process.env['BENCH_RECORDS'] || 1_000_000)
const zone = 'million.example.'
const apps = ['zone-api', 'publisher', 'edge-1']
const last = { name: `zz-last.${zone}`, type: 'A', value: '192.0.2.254' }

interface Bench {
  readonly system: System
  readonly link: TcpProxy
  readonly rows: [string, number, string][]
}

export async function benchLargeZone(): Promise<void> {
  const machine = describeMachine()
  console.log(`large-zone: ${records} records\n${machineText(machine)}`)
  let link: TcpProxy | undefined
  const publisherUrl = async (port: number) => {
    link = await startProxy(port)
    return link.url
  }
  const system = await startSystem({ publisherUrl })
  try {
    const bench: Bench = { system, link: link!, rows: [] }
    await importing(bench)
    await startingEmpty(bench)
    await startingWarm(bench)
    console.log(`\n${tableText(['what', 'value', 'unit'], bench.rows)}`)
    const figures = bench.rows.map(([what, value, unit]) => ({ what, value, unit }))
    console.log(`\nwritten to ${saveResults('large-zone', machine, { records, figures })}`)
  } finally {
    await system.close()
    await link?.close()
  }
}

/** The zone comes in while the edge follows. */
async function importing({ system, link, rows }: Bench): Promise<void> {
  const text = zoneText(zone, records)
  await publishZone(system, 'small.example.', zoneText('small.example.', 10))
  await sleep(restMs)
  const pids = apps.map((app) => system.app(app).ready.pid)
  const idle = pids.map(anonymousMiB)
  const cpuBefore = pids.map(cpuMs)
  const memory = watchMemory(pids)
  const octetsBefore = link.received()
  const poller = new Poller(system.dnsOf('edge-1'))
  const seen = poller.seen(last)
  const started = monotonicMs()
  const { changeId } = await importZone(system.client(ZoneService), { zone }, text)
  const committed = monotonicMs()
  const seenAt = await seen
  await poller.close()
  const { change, edges } = await answered(system, changeId)
  const octets = link.received() - octetsBefore
  const peaks = await memory.stop()
  const ms = (at: Timestamp | undefined) => (at === undefined ? Number.NaN : timestampMs(at))
  const [edge] = edges
  const committedAt = ms(change?.committedAt)
  rows.push(
    ['zone file', text.length, 'octets'],
    ['import: sent → committed', round(committed - started), 'ms'],
    ['committed → published (the publisher has it)', ms(edge?.publishedAt) - committedAt, 'ms'],
    ['published → applied', ms(edge?.appliedAt) - ms(edge?.publishedAt), 'ms'],
    ['committed → first right answer', round(seenAt - committed), 'ms'],
    ['publisher → edge', octets, 'octets'],
  )
  for (const [index, app] of apps.entries()) {
    rows.push(
      [`${app}: idle`, round(idle[index]!), 'MiB'],
      [`${app}: peak above idle`, round(peaks[index]! - idle[index]!), 'MiB'],
      [`${app}: time on a core`, cpuMs(pids[index]!) - cpuBefore[index]!, 'ms'],
    )
  }
}

/** An edge with nothing takes the zone from the publisher, which has it. */
async function startingEmpty({ system, link, rows }: Bench): Promise<void> {
  await system.stop('edge-1')
  rmSync(join(system.folder, 'edge-1'), { recursive: true })
  const octetsBefore = link.received()
  const times = await startEdge(system)
  rows.push(
    ['empty edge: started → ready', times.ready, 'ms'],
    ['empty edge: ready → first right answer', times.answered, 'ms'],
    ['empty edge: publisher → edge', link.received() - octetsBefore, 'octets'],
  )
}

/** An edge that has the zone in its store. */
async function startingWarm({ system, link, rows }: Bench): Promise<void> {
  await system.stop('edge-1')
  const octetsBefore = link.received()
  const times = await startEdge(system)
  rows.push(
    ['warm edge: started → ready', times.ready, 'ms'],
    ['warm edge: ready → first right answer', times.answered, 'ms'],
    ['warm edge: publisher → edge', link.received() - octetsBefore, 'octets'],
  )
}

/** What is put off after a start or a publication has happened by then. */
const restMs = 1500

async function startEdge(system: System): Promise<{ ready: number; answered: number }> {
  const started = monotonicMs()
  await system.start('edge-1')
  const ready = monotonicMs()
  const poller = new Poller(system.dnsOf('edge-1'))
  const seenAt = await poller.seen(last)
  await poller.close()
  return { ready: round(ready - started), answered: round(Math.max(0, seenAt - ready)) }
}
