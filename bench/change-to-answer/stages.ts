/** Where the time of one of our changes goes: what its progress and the programs' metrics say. */
import { setTimeout as sleep } from 'node:timers/promises'
import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import type { System } from '../../conformance/lib/system.ts'
import { putRRset } from '../../conformance/lib/zones.ts'
import { monotonicMs, Poller } from '../lib/poller.ts'
import { cpuMs } from '../lib/process-use.ts'
import { stepMeans, stepTotals } from '../lib/step-times.ts'

const apps = ['zone-api', 'publisher', 'edge-1']
/** The progress of every so many-th change is asked for: asking costs the zone API as much as a change. */
const stagesEvery = 10
/** Its own question to itself comes a little after ours. */
const untilAskedMs = 20

export interface StepShare {
  readonly step: string
  readonly meanMs: number
}

/** Mean times of the steps of `count` changes, and the time on a core that each program spent on one. */
export async function measureSteps(system: System, zone: string, hosts: readonly string[], count: number): Promise<StepShare[]> {
  const poller = new Poller(system.dnsOf('edge-1'))
  const pids = apps.map((app) => system.app(app).ready.pid)
  const before = await stepTotals(system, apps)
  const cpuBefore = pids.map(cpuMs)
  const stages: StepShare[][] = []
  let committed = 0
  for (let i = 0; i < count; i++) {
    const host = hosts[i % hosts.length]!
    const address = `10.255.${(i >>> 8) & 255}.${i & 255}`
    const seen = poller.seen({ name: `${host}.${zone}`, type: 'A', value: address })
    const sentAt = monotonicMs()
    const changeId = await putRRset(system, zone, host, 'A', [address])
    committed += monotonicMs() - sentAt
    await seen
    if (i % stagesEvery > 0) continue
    await sleep(untilAskedMs)
    stages.push(await stagesOf(system, changeId))
  }
  await poller.close()
  const own = stepMeans(before, await stepTotals(system, apps)).map(({ step, meanMs }) => ({ step: `in ${step}`, meanMs }))
  const cpu = pids.map((pid, i) => ({ step: `${apps[i]} on a core`, meanMs: (cpuMs(pid) - cpuBefore[i]!) / count }))
  return [{ step: 'sent → committed', meanMs: committed / count }, ...means(stages), ...own, ...cpu]
}

async function stagesOf(system: System, changeId: string): Promise<StepShare[]> {
  const { change, edges } = await system.client(ChangeService).getChange({ changeId })
  const [edge] = edges
  const ms = (at: Timestamp | undefined) => (at === undefined ? Number.NaN : timestampMs(at))
  const [committed, published, applied] = [ms(change?.committedAt), ms(edge?.publishedAt), ms(edge?.appliedAt)]
  return [
    { step: 'committed → published', meanMs: published - committed },
    { step: 'published → applied', meanMs: applied - published },
    { step: 'applied → seen by the edge itself', meanMs: ms(edge?.answeredAt) - applied },
  ]
}

function means(all: readonly StepShare[][]): StepShare[] {
  return (all[0] ?? []).flatMap(({ step }, index) => {
    const known = all.map((stages) => stages[index]!.meanMs).filter((value) => !Number.isNaN(value))
    return known.length === 0 ? [] : [{ step, meanMs: known.reduce((sum, value) => sum + value, 0) / known.length }]
  })
}
