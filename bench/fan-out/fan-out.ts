/** One publisher and up to a thousand edges: what an edge costs it, a change at a time. */
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { importZone } from '../../conformance/lib/zones.ts'
import { spreadOf } from '../lib/figures.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { monotonicMs } from '../lib/poller.ts'
import { anonymousMiB, cpuMs } from '../lib/process-use.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, rounds, spaced } from '../lib/rounds.ts'
import { hostsOf, zoneText } from '../lib/zone-text.ts'
import { rowsText } from '../lib/rows-text.ts'
import { type Herd, startHerd } from './herd.ts'

const sizes = isQuick ? [1, 10] : [1, 10, 100, 1000]
const zone = 'ten.example.'
const warmUps = 20
/** Enough that the time on a core, which is counted in steps of 10 ms, says something. */
const changesFor = (edges: number): number => Math.max(20, Math.min(400, Math.round(20_000 / edges)))

export async function benchFanOut(): Promise<void> {
  const machine = describeMachine()
  console.log(`fan-out: one publisher, up to ${spaced(sizes.at(-1)!)} followers\n${machineText(machine)}`)
  const measures: Measure[] = []
  for (let round = 0; round < Math.min(rounds, 2); round++) for (const edges of sizes) measures.push(...(await measure(edges)))
  const rows = rowsOf(measures)
  console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('fan-out', machine, { rows })}`)
}

async function measure(edges: number): Promise<Measure[]> {
  const strangers = Array.from({ length: edges }, (_, i) => `edge-${i + 1}`)
  const system = await startSystem({ edges: [], strangers })
  let herd: Herd | undefined
  try {
    const publisher = system.app('publisher').ready.pid
    const idle = anonymousMiB(publisher)
    herd = await startHerd(system, strangers)
    const text = zoneText(zone, 10)
    await importZone(system.client(ZoneService), { zone }, text)
    const change = changeOf(system, herd, hostsOf(text)[0]!)
    for (let i = 0; i < warmUps; i++) await change()
    const pids = [publisher, system.app('zone-api').ready.pid]
    const before = pids.map(cpuMs)
    const changes = changesFor(edges)
    const times: number[] = []
    for (let i = 0; i < changes; i++) times.push(await change())
    const [publisherMs = 0, zoneApiMs = 0] = pids.map((pid, i) => (cpuMs(pid) - before[i]!) / changes)
    const common = {
      group: `${spaced(edges)} ${edges === 1 ? 'edge' : 'edges'}`,
      system: ours,
      variant: '',
      better: 'lower',
      x: edges,
    } as const
    return [
      { ...common, figure: 'sent → at the last edge, p50', unit: 'ms', value: spreadOf(times).p50 },
      { ...common, figure: 'publisher: time on a core a change', unit: 'ms', value: publisherMs },
      { ...common, figure: 'publisher: time on a core a change and edge', unit: 'ms', value: publisherMs / edges },
      { ...common, figure: 'zone API: time on a core a change and edge', unit: 'ms', value: zoneApiMs / edges },
      { ...common, figure: 'publisher: memory an edge', unit: 'MiB', value: (anonymousMiB(publisher) - idle) / edges },
    ]
  } finally {
    await herd?.close()
    await system.close()
  }
}

/** Changes the address of a host; resolves with the time until the last follower has it, in ms. */
function changeOf(system: System, herd: Herd, host: string): () => Promise<number> {
  const records = system.client(RecordService)
  let version = 1n
  return async () => {
    version++
    const everywhere = herd.have(zone, version)
    const sent = monotonicMs()
    const address = `10.0.${(version >> 8n) & 255n}.${version & 255n}`
    const value = { name: host, type: 'A', ttl: 60, values: [address] }
    await records.applyChanges({ zone, changes: [{ operation: { case: 'put', value } }] })
    return (await everywhere) - sent
  }
}
