/** How long small changes take while a large zone passes: ours against the old way, over HTTP/1.1 and over HTTP/2. */
import { describeMachine, machineText } from '../lib/machine.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { largeRecords, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { zoneText } from '../lib/zone-text.ts'
import { largeZone, timedSystems } from '../old-way/systems.ts'
import { prepareSpikes, type Spikes, type SpikeSystem } from './measure.ts'

export async function benchLatencySpikes(): Promise<void> {
  const machine = describeMachine()
  console.log(
    `latency-spikes: small changes beside a zone of ${spaced(largeRecords)} records, ${rounds} rounds\n${machineText(machine)}`,
  )
  const measures: Measure[] = []
  const ready: SpikeSystem[] = []
  try {
    const large = zoneText(largeZone, largeRecords)
    const systems = timedSystems({ records: largeRecords, countsOctets: false })
    for (const start of systems) ready.push(await prepareSpikes(await start(), large))
    for (let round = 0; round < rounds; round++) {
      for (const { name, window } of ready) {
        const spikes = await window()
        console.log(name, spikes)
        measures.push(...measuresOf(name, spikes))
      }
    }
  } finally {
    await Promise.all(ready.map((one) => one.close()))
  }
  const rows = rowsOf(measures)
  console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('latency-spikes', machine, { rows })}`)
}

function measuresOf(name: string, { p50, p99, p999, max, spikesPerMinute, passes }: Spikes): Measure[] {
  const common = { group: 'a large zone passes', system: name.startsWith(ours) ? ours : name, variant: '' } as const
  const lower = (figure: string, value: number): Measure => ({ ...common, figure, unit: 'ms', better: 'lower', value })
  return [
    lower('due → answered, p50', p50),
    lower('due → answered, p99', p99),
    lower('due → answered, p99.9', p999),
    lower('due → answered, longest', max),
    { ...common, figure: 'spikes over 50 ms a minute', unit: '', better: 'lower', value: spikesPerMinute },
    { ...common, figure: 'large zones that came through', unit: '', better: 'higher', value: passes },
  ]
}
