/** Ten thousand changes in one zone, one a call and 500 a call, until the last is answered and none is lost. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSystem } from '../../conformance/lib/system.ts'
import { publishZone } from '../../conformance/lib/zones.ts'
import { missingAnswers, sweepAnswers } from '../lib/answer-sweep.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { onServers, startOnServers, type SystemOnServers } from '../lib/on-servers.ts'
import { type PeerKind, peerKinds, startWholePair } from '../lib/peers/index.ts'
import type { HostAddress, Pair, PeerZone, Variant } from '../lib/peers/pair.ts'
import { monotonicMs } from '../lib/poller.ts'
import { type Measure, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { ourTarget, peerTarget, type Target } from '../lib/target.ts'
import { zoneText } from '../lib/zone-text.ts'

const changes = Number(process.env['BENCH_CHANGES'] || (isQuick ? 500 : 10_000))
/** Those whose API takes one at a time get fewer: the figure is changes a second. */
const serialChanges = changes / 20
const lanes = 32
const timeoutMs = 120_000
const untilLostMs = 30_000

interface Load {
  readonly group: string
  readonly perCall: number
}

/** On its defaults NSD takes what Knot gives as late as Knot does; nothing to tune makes the API of PowerDNS faster. */
const peers: readonly (readonly [kind: PeerKind, variant: Variant])[] = [
  ['BIND', 'defaults'],
  ['BIND', 'tuned'],
  ['Knot', 'defaults'],
  ['Knot', 'tuned'],
  ['NSD', 'tuned'],
  ['PowerDNS', 'defaults'],
]

const loads: readonly Load[] = [
  { group: 'one change a call', perCall: 1 },
  { group: '500 changes a call', perCall: 500 },
]

export async function benchManyChanges(): Promise<void> {
  const machine = describeMachine()
  console.log(`many-changes: ${spaced(changes)} changes, ${lanes} calls in flight, ${rounds} rounds\n${machineText(machine)}`)
  const system = await startSystem()
  const pairs: Pair[] = []
  let servers: SystemOnServers | undefined
  try {
    servers = await startOnServers('many')
    const folder = join(system.folder, 'peers')
    mkdirSync(folder)
    // A fresh zone for each load: the last one's changes are not in the way of the next.
    const zones = Array.from({ length: (rounds + 1) * loads.length }, (_, i) => zoneOf(`many-${i}.example.`, folder))
    for (const each of [system, servers.system]) for (const { name, text } of zones) await publishZone(each, name, text)
    const targets = [ourTarget(system), ourTarget(servers.system, onServers)]
    for (const [kind, variant] of peers.filter(([one]) => peerKinds.includes(one))) {
      const pair = await startWholePair(kind, { folder: join(folder, `${kind}-${variant}`), zones, variant })
      pairs.push(pair)
      targets.push(peerTarget(pair))
    }
    const measures = await measureRounds(targets, zones)
    const rows = rowsOf(measures)
    console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('many-changes', machine, { rows })}`)
  } finally {
    await Promise.all(pairs.map((pair) => pair.stop()))
    await servers?.close()
    await system.close()
  }
}

function zoneOf(name: string, folder: string): PeerZone & { readonly text: Buffer } {
  const text = zoneText(name, 10)
  const file = join(folder, name)
  writeFileSync(file, text)
  return { name, file, text }
}

async function measureRounds(targets: readonly Target[], zones: readonly PeerZone[]): Promise<Measure[]> {
  const measures: Measure[] = []
  // The first round is a warm-up with fewer changes, and not counted.
  for (let turn = 0; turn <= rounds; turn++) {
    for (const [index, load] of loads.entries()) {
      const zone = zones[turn * loads.length + index]!.name
      for (const target of targets) {
        const measured = await measure(target, zone, load, turn === 0)
        if (turn > 0) measures.push(...measured)
      }
    }
    console.log(turn === 0 ? 'warmed up' : `round ${turn} of ${rounds} is done`)
  }
  return measures
}

async function measure(target: Target, zone: string, { group, perCall }: Load, isWarmUp: boolean): Promise<Measure[]> {
  const open = await target.lanes(lanes)
  const full = open.length === lanes ? changes : serialChanges
  const hosts = Array.from({ length: isWarmUp ? full / 10 : full }, (_, i) => hostOf(i))
  const calls = callsOf(hosts, perCall)
  const lastOnes: HostAddress[] = []
  const started = monotonicMs()
  try {
    await Promise.all(
      open.map(async (lane) => {
        let last: HostAddress | undefined
        for (const call of calls) {
          await lane.change(zone, call)
          last = call.at(-1)
        }
        if (last) lastOnes.push(last)
      }),
    )
    const acknowledged = monotonicMs()
    await open[0]!.announce?.(zone)
    const wantedOf = ({ host, address }: HostAddress) => ({ name: `${host}.${zone}`, type: 'A', value: address })
    const doneAt = await sweepAnswers(target.dns, lastOnes.map(wantedOf), timeoutMs)
    // Nobody waits for this: all names are asked for, those in between too.
    const lost = (await missingAnswers(target.dns, hosts.map(wantedOf), untilLostMs)).length
    return figuresOf(target, group, hosts.length, { acknowledged: acknowledged - started, answered: doneAt - started, lost })
  } catch (error) {
    target.check()
    throw new Error(`${target.system}, ${target.variant}: ${group}`, { cause: error })
  } finally {
    await Promise.all(open.map((lane) => lane.close()))
  }
}

function figuresOf(
  { system, variant }: Target,
  group: string,
  count: number,
  { acknowledged, answered, lost }: { readonly acknowledged: number; readonly answered: number; readonly lost: number },
): Measure[] {
  const common = { group, system, variant } as const
  const whole = { ...common, unit: 's', better: 'lower' } as const
  return [
    {
      ...common,
      figure: 'changes a second, until the last is answered',
      unit: '/s',
      better: 'higher',
      value: (count / answered) * 1000,
    },
    { ...common, figure: 'changes lost', unit: '', better: 'lower', value: lost },
    ...(count === changes
      ? [
          { ...whole, figure: `${spaced(changes)} changes, until the last is answered`, value: answered / 1000 },
          { ...whole, figure: `${spaced(changes)} changes, until all are acknowledged`, value: acknowledged / 1000 },
        ]
      : []),
  ]
}

const hostOf = (i: number): HostAddress => ({ host: `m${i}`, address: `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}` })

function* callsOf(hosts: readonly HostAddress[], perCall: number): Generator<readonly HostAddress[]> {
  for (let from = 0; from < hosts.length; from += perCall) yield hosts.slice(from, from + perCall)
}
