/** How long small changes take while a large zone passes: ours against the old way, over HTTP/1.1 and over HTTP/2. */
import { describeMachine, machineText } from '../lib/machine.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { largeRecords, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { timedSystems } from '../old-way/systems.ts'
import { measureSpikes, type Spikes } from './measure.ts'

/** A window has changes enough for a share of one in a thousand, and with what the old way needs before it, it takes a minute and a half. */
const windows = 1

export async function benchLatencySpikes(): Promise<void> {
  const machine = describeMachine()
  console.log(`latency-spikes: small changes beside a zone of ${spaced(largeRecords)} records\n${machineText(machine)}`)
  const measures: Measure[] = []
  for (let round = 0; round < windows; round++) {
    for (const start of timedSystems({ records: largeRecords, countsOctets: false })) {
      const system = await start()
      try {
        const spikes = await measureSpikes(system)
        console.log(system.name, spikes)
        measures.push(...measuresOf(system.name, spikes))
      } finally {
        await system.close()
      }
    }
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
