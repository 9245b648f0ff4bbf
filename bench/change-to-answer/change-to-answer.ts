/** How long a change takes until it is answered, in zones of three sizes: ours beside pairs of BIND, Knot, NSD and PowerDNS. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { publishZone } from '../../conformance/lib/zones.ts'
import { round, spreadOf } from '../lib/figures.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { peerKinds, startWholePair } from '../lib/peers/index.ts'
import type { Lane, Pair, PeerZone } from '../lib/peers/pair.ts'
import { Poller } from '../lib/poller.ts'
import { onServers, startOnServers, type SystemOnServers } from '../lib/on-servers.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, largeRecords, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { ourTarget, peerTarget, type Target } from '../lib/target.ts'
import { hostsOf, zoneText } from '../lib/zone-text.ts'
import { measureChanges, type Times } from './measure.ts'
import { measureSteps } from './stages.ts'

const most = Number(process.env['BENCH_CHANGES'] || (isQuick ? 30 : 300))
/** For each system, zone and round. */
const extent = { most, budgetMs: isQuick ? 500 : 1_500, least: 1 }
/** Programs compile what runs often; the first rounds of a system count for nothing. */
const ourWarmUp = { most: isQuick ? 50 : 500, budgetMs: 10_000, least: 1 }
const peerWarmUp = { most: 20, budgetMs: 200, least: 0 }
/** Its API takes minutes to take a zone of a million records in. */
const powerdnsMost = 100_000
const counted = 'changes measured'

interface BenchZone extends PeerZone {
  readonly group: string
  readonly records: number
  readonly hosts: readonly string[]
  readonly text: Buffer
}

interface Subject {
  readonly target: Target
  readonly lane: Lane
  readonly poller: Poller
  readonly zones: readonly BenchZone[]
}

export async function benchChangeToAnswer(): Promise<void> {
  const machine = describeMachine()
  console.log(`change-to-answer: a change sent → its first right answer, ${rounds} rounds\n${machineText(machine)}`)
  const system = await startSystem()
  const pairs: Pair[] = []
  const subjects: Subject[] = []
  let servers: SystemOnServers | undefined
  try {
    servers = await startOnServers('change')
    const folder = join(system.folder, 'peers')
    const zones = makeZones(folder)
    for (const { name, text } of zones) await publishZone(system, name, text)
    subjects.push(await subjectOf(ourTarget(system), zones))
    const [smallest] = zones as [BenchZone]
    await publishZone(servers.system, smallest.name, smallest.text)
    subjects.push(await subjectOf(ourTarget(servers.system, onServers), [smallest]))
    for (const kind of peerKinds) {
      const held = zones.filter(({ records }) => kind !== 'PowerDNS' || records <= powerdnsMost)
      for (const variant of ['defaults', 'tuned'] as const) {
        const pair = await startWholePair(kind, { folder: join(folder, `${kind}-${variant}`), zones: held, variant })
        pairs.push(pair)
        subjects.push(await subjectOf(peerTarget(pair), held))
      }
    }
    const measures = await measureRounds(subjects, zones)
    const steps = await stepMeasures(system, zones)
    const isCount = ({ figure }: Measure) => figure === counted
    const rows = [
      ...rowsOf(measures.filter((measure) => !isCount(measure))),
      // Neither is a race.
      ...rowsOf([...measures.filter(isCount), ...steps], ''),
    ]
    console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('change-to-answer', machine, { rows })}`)
  } finally {
    await Promise.all(subjects.flatMap(({ lane, poller }) => [lane.close(), poller.close()]))
    await Promise.all(pairs.map((pair) => pair.stop()))
    await servers?.close()
    await system.close()
  }
}

function makeZones(folder: string): BenchZone[] {
  mkdirSync(folder)
  const sizes = [...new Set([10, Math.min(100_000, largeRecords / 10), largeRecords])]
  return sizes.map((records) => {
    const name = `z${records}.example.`
    const text = zoneText(name, records)
    const file = join(folder, name)
    writeFileSync(file, text)
    return { name, file, text, records, hosts: hostsOf(text), group: `${spaced(records)} records` }
  })
}

async function subjectOf(target: Target, zones: readonly BenchZone[]): Promise<Subject> {
  const [lane] = await target.lanes(1)
  return { target, lane: lane!, poller: new Poller(target.dns), zones }
}

async function measureRounds(subjects: readonly Subject[], zones: readonly BenchZone[]): Promise<Measure[]> {
  for (const subject of subjects) {
    const warmUp = subject.target.system === ours ? ourWarmUp : peerWarmUp
    for (const zone of subject.zones) await timesOf(subject, zone, warmUp)
    console.log(`  ${subject.target.system}, ${subject.target.variant}: warmed up`)
  }
  const measures: Measure[] = []
  for (let turn = 0; turn < rounds; turn++) {
    for (const zone of zones) {
      for (const subject of subjects) {
        if (!subject.zones.includes(zone)) continue
        const times = await timesOf(subject, zone, extent)
        const { p50 } = spreadOf(times.map(({ answered }) => answered))
        console.log(`  ${zone.group}, ${subject.target.system}, ${subject.target.variant}: ${p50} ms, ${times.length} changes`)
        measures.push(...measuresOf(subject.target, zone, times))
      }
    }
    console.log(`round ${turn + 1} of ${rounds} is done`)
  }
  return measures
}

const timesOf = ({ target, lane, poller }: Subject, { name, hosts }: BenchZone, some: typeof extent): Promise<Times[]> =>
  measureChanges({ target, lane, poller, zone: name, hosts }, some)

function measuresOf({ system, variant }: Target, { group, records }: BenchZone, times: readonly Times[]): Measure[] {
  const common = { group, system, variant, unit: 'ms', better: 'lower', x: records } as const
  const answered = spreadOf(times.map((time) => time.answered))
  const committed = spreadOf(times.map((time) => time.committed))
  return [
    { ...common, figure: 'sent → answered, p50', value: answered.p50 },
    { ...common, figure: 'sent → answered, p99', value: answered.p99 },
    { ...common, figure: 'sent → acknowledged, p50', value: committed.p50 },
    { ...common, figure: counted, unit: '', better: 'higher', value: times.length },
  ]
}

/** In the smallest and in the largest zone. */
async function stepMeasures(system: System, zones: readonly BenchZone[]): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const { name, hosts, group } of [zones[0]!, zones.at(-1)!]) {
    for (const { step, meanMs } of await measureSteps(system, name, hosts, isQuick ? 20 : 200)) {
      const common = { system: 'zonecast', variant: step, figure: 'mean of a step', unit: 'ms', better: 'lower' } as const
      measures.push({ ...common, group: `the steps, ${group}`, value: round(meanMs) })
    }
  }
  return measures
}
