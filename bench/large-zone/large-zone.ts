/** A zone of a million records: imported, to an edge that is empty, and a restart; beside zone transfers of others. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeMachine, machineText } from '../lib/machine.ts'
import { type PeerKind, peerKinds, startPair } from '../lib/peers/index.ts'
import type { Pair, Variant } from '../lib/peers/pair.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { largeRecords as records, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { zoneText } from '../lib/zone-text.ts'
import { startOurs, type Import, type Start } from './ours.ts'
import { axfrOctets, measureSecondary } from './peers.ts'

const zone = 'million.example.'
const last = { name: `zz-last.${zone}`, type: 'A', value: '192.0.2.254' }
const group = `${spaced(records)} records`
const peers: readonly (readonly [kind: PeerKind, variant: Variant])[] = [
  ['BIND', 'defaults'],
  ['Knot', 'defaults'],
  ['NSD', 'defaults'],
]

interface RunningPeer {
  readonly pair: Pair
  readonly folder: string
}

export async function benchLargeZone(): Promise<void> {
  const machine = describeMachine()
  console.log(`large-zone: ${group}, ${rounds} rounds\n${machineText(machine)}`)
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-bench-'))
  const running: RunningPeer[] = []
  try {
    const text = zoneText(zone, records)
    const file = join(folder, 'zone')
    writeFileSync(file, text)
    for (const [kind, variant] of peers.filter(([one]) => peerKinds.includes(one))) {
      const own = join(folder, `${kind}-${variant}`)
      mkdirSync(own)
      const pair = await startPair[kind]!({ folder: own, zones: [{ name: zone, file }], variant })
      running.push({ pair, folder: own })
      await pair.primary.answering(last.name, last.type)
    }
    const measures: Measure[] = []
    for (let turn = 0; turn < rounds; turn++) {
      measures.push(...(await measureOurs(text)))
      for (const peer of running) measures.push(...(await measurePeer(peer)))
      console.log(`round ${turn + 1} of ${rounds} is done`)
    }
    const rows = rowsOf(measures)
    console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('large-zone', machine, { rows })}`)
  } finally {
    await Promise.all(running.map(({ pair }) => pair.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureOurs(text: Buffer): Promise<Measure[]> {
  const bench = await startOurs()
  try {
    const imported = await bench.importing(zone, text, last)
    const empty = await bench.empty(last)
    const warm = await bench.warm(last)
    const octets = await bench.octets(last)
    return [...importMeasures(imported), ...startMeasures(ours, 'defaults', empty, warm, octets)]
  } finally {
    await bench.close()
  }
}

async function measurePeer({ pair, folder }: RunningPeer): Promise<Measure[]> {
  const { empty, warm } = await measureSecondary(pair, folder, last)
  return startMeasures(pair.system, pair.variant, empty, warm, await axfrOctets(pair.primaryAddress, zone))
}

function startMeasures(system: string, variant: string, empty: Start, warm: Start, octets: number): Measure[] {
  const common = { group, system, variant, better: 'lower' } as const
  return [
    { ...common, figure: 'empty: started → first right answer', unit: 'ms', value: empty.answeredMs },
    { ...common, figure: 'empty: peak anonymous memory', unit: 'MiB', value: empty.peakMiB },
    { ...common, figure: 'octets on the wire', unit: 'octets', value: octets },
    { ...common, figure: 'warm: started → first right answer', unit: 'ms', value: warm.answeredMs },
    { ...common, figure: 'warm: peak anonymous memory', unit: 'MiB', value: warm.peakMiB },
  ]
}

function importMeasures({ committedMs, answeredMs, programs }: Import): Measure[] {
  const common = { group: `import, ${group}`, system: ours, variant: 'defaults', better: 'lower' } as const
  return [
    { ...common, figure: 'sent → committed', unit: 'ms', value: committedMs },
    { ...common, figure: 'committed → first right answer', unit: 'ms', value: answeredMs },
    ...programs.flatMap(({ app, aboveIdleMiB, coreMs }): Measure[] => [
      { ...common, figure: `${app}: peak memory above idle`, unit: 'MiB', value: aboveIdleMiB },
      { ...common, figure: `${app}: time on a core`, unit: 'ms', value: coreMs },
    ]),
  ]
}
