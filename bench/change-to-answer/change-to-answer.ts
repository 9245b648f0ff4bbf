/** How long a change takes until it is answered, in a zone of ten records and in one of a million. */
import { setTimeout as sleep } from 'node:timers/promises'
import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { publishZone, putRRset } from '../../conformance/lib/zones.ts'
import { round, type Spread, spreadOf, tableText } from '../lib/figures.ts'
import { cpuMs } from '../lib/process-use.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { monotonicMs, Poller } from '../lib/poller.ts'
import { saveResults } from '../lib/results.ts'
import { type StepMean, stepMeans, stepTotals } from '../lib/step-times.ts'
import { hostsOf, zoneText } from '../lib/zone-text.ts'

const warmUps = 500
/** The progress of every so many-th change is asked for: asking costs the zone API as much as a change. */
const stagesEvery = 10
const changes = Number(process.env['BENCH_CHANGES'] || 400)
const largeRecords = Number(process.env['BENCH_RECORDS'] || 1_000_000)
const apps = ['zone-api', 'publisher', 'edge-1']

interface Measured {
  /** From the call to the first right answer, in ms. */
  readonly answered: Spread
  /** From the call to its response. */
  readonly committed: Spread
  /** From the response to the first right answer. */
  readonly rest: Spread
  /** Mean times between the stages that the change's progress tells; its clock counts whole ms. */
  readonly stages: Readonly<Record<string, number>>
  /** Means of the programs' own step times. */
  readonly steps: readonly StepMean[]
  /** Time on a core that a change takes in each program, the polled questions at the edge included. */
  readonly cpu: Readonly<Record<string, number>>
}

interface Bench {
  readonly system: System
  readonly poller: Poller
}

export async function benchChangeToAnswer(): Promise<void> {
  const machine = describeMachine()
  console.log(`change-to-answer: a change sent → its first right answer, ${changes} changes each\n${machineText(machine)}`)
  const system = await startSystem()
  const poller = new Poller(system.dnsOf('edge-1'))
  try {
    const bench = { system, poller }
    const zones = [
      { zone: 'ten.example.', records: 10 },
      { zone: 'million.example.', records: largeRecords },
    ]
    const hosts: string[][] = []
    for (const { zone, records } of zones) {
      const text = zoneText(zone, records)
      hosts.push(hostsOf(text))
      await publishZone(system, zone, text)
    }
    for (const [index, { zone }] of zones.entries()) await measure(bench, zone, hosts[index]!, warmUps)
    const measured: Measured[] = []
    for (const [index, { zone }] of zones.entries()) measured.push(await measure(bench, zone, hosts[index]!, changes))
    report(zones.map(({ records }, index) => ({ records, ...measured[index]! })))
    const results = Object.fromEntries(zones.map(({ records }, index) => [`${records} records`, measured[index]]))
    console.log(`\nwritten to ${saveResults('change-to-answer', machine, results)}`)
  } finally {
    await poller.close()
    await system.close()
  }
}

/** Replaces the address of one host after the other, each when the one before is answered. */
async function measure({ system, poller }: Bench, zone: string, hosts: readonly string[], count: number): Promise<Measured> {
  const times: { answered: number; committed: number; rest: number }[] = []
  const stages: Stages[] = []
  const before = await stepTotals(system, apps)
  const cpuBefore = apps.map((app) => cpuMs(system.app(app).ready.pid))
  for (let i = 0; i < count; i++) {
    const host = hosts[Math.floor(Math.random() * hosts.length)]!
    const value = `10.${serial >>> 16}.${(serial >>> 8) & 255}.${serial & 255}`
    serial++
    const seen = poller.seen({ name: `${host}.${zone}`, type: 'A', value })
    const sentAt = monotonicMs()
    const changeId = await putRRset(system, zone, host, 'A', [value])
    const committedAt = monotonicMs()
    const seenAt = await seen
    times.push({ answered: seenAt - sentAt, committed: committedAt - sentAt, rest: seenAt - committedAt })
    if (i % stagesEvery > 0) continue
    // Its own question to itself comes a little after ours.
    await sleep(20)
    stages.push(await stagesOf(system, changeId))
  }
  const cpu = apps.map((app, index) => [app, round((cpuMs(system.app(app).ready.pid) - cpuBefore[index]!) / count)])
  return {
    answered: spreadOf(times.map(({ answered }) => answered)),
    committed: spreadOf(times.map(({ committed }) => committed)),
    rest: spreadOf(times.map(({ rest }) => rest)),
    stages: meanStages(stages),
    steps: stepMeans(before, await stepTotals(system, apps)),
    cpu: Object.fromEntries(cpu) as Record<string, number>,
  }
}

/** No address is given twice, so that every answer tells which change it shows. */
let serial = 1

type Stages = Readonly<Record<string, number>>

async function stagesOf(system: System, changeId: string): Promise<Stages> {
  const { change, edges } = await system.client(ChangeService).getChange({ changeId })
  const [edge] = edges
  const ms = (at: Timestamp | undefined) => (at === undefined ? Number.NaN : timestampMs(at))
  const committed = ms(change?.committedAt)
  const published = ms(edge?.publishedAt)
  const applied = ms(edge?.appliedAt)
  const answered = ms(edge?.answeredAt)
  return {
    'committed → published': published - committed,
    'published → applied': applied - published,
    'applied → answered': answered - applied,
  }
}

function meanStages(all: readonly Stages[]): Stages {
  const names = Object.keys(all[0] ?? {})
  return Object.fromEntries(
    names.map((name) => {
      const known = all.map((stages) => stages[name] ?? Number.NaN).filter((value) => !Number.isNaN(value))
      return [name, round(known.reduce((sum, value) => sum + value, 0) / known.length)]
    }),
  )
}

function report(measured: readonly (Measured & { readonly records: number })[]): void {
  const rows = measured.flatMap(({ records, answered, committed, rest }) =>
    Object.entries({ 'sent → answered': answered, 'sent → committed': committed, 'committed → answered': rest }).map(
      ([what, { p50, p99, max, mean }]) => [records, what, p50, p99, max, mean],
    ),
  )
  console.log(`\n${tableText(['records', 'ms', 'p50', 'p99', 'max', 'mean'], rows)}`)
  const [small, large] = measured
  if (small && large) {
    const ratio = (of: 'p50' | 'p99') => round(large.answered[of] / small.answered[of])
    console.log(`\n  ${large.records} / ${small.records} records: p50 × ${ratio('p50')}, p99 × ${ratio('p99')}`)
  }
  const steps = measured.flatMap(({ records, stages, steps: own, cpu }) => [
    ...Object.entries(stages).map(([stage, ms]) => [records, stage, ms]),
    ...own.map(({ step, meanMs, count }) => [records, `${step} (${count})`, round(meanMs)]),
    ...Object.entries(cpu).map(([app, ms]) => [records, `${app} on a core`, ms]),
  ])
  console.log(`\n${tableText(['records', 'step', 'mean ms'], steps)}`)
}
