/** A zone of a million records by our way and by the old one: REST and JSON, over HTTP/1.1 and over HTTP/2. */
import { describeMachine, machineText } from '../lib/machine.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, largeRecords, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { zoneText } from '../lib/zone-text.ts'
import { type LargeZoneFigures, measureLargeZone } from './measure.ts'
import { largeZone, timedSystems } from './systems.ts'

/** One pass of the old way takes half a minute; two rounds say enough of a ratio of ten. */
const passes = Math.min(rounds, isQuick ? 1 : 2)

export async function benchOldWay(): Promise<void> {
  const machine = describeMachine()
  console.log(`old-way: a zone of ${spaced(largeRecords)} records\n${machineText(machine)}`)
  const text = zoneText(largeZone, largeRecords)
  const small = zoneText('small.example.', 10)
  const measures: Measure[] = []
  for (let round = 0; round < passes; round++) {
    for (const start of timedSystems({ records: largeRecords, countsOctets: true })) {
      const system = await start()
      try {
        const figures = await measureLargeZone(system, largeZone, text, small)
        console.log(system.name, figures)
        measures.push(...measuresOf(system.name, figures))
      } finally {
        await system.close()
      }
    }
  }
  const rows = rowsOf(measures)
  console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('old-way', machine, { rows })}`)
}

function measuresOf(name: string, figures: LargeZoneFigures): Measure[] {
  const { importedMs, answeredMs, changeMs, octets, memoryMiB, cpuMs } = figures
  const { api, publisher, edge } = memoryMiB
  const group = `${spaced(largeRecords)} records`
  const measure = (figure: string, unit: string, value: number): Measure => ({
    group,
    system: name.startsWith(ours) ? ours : name,
    variant: '',
    figure,
    unit,
    better: 'lower',
    value,
  })
  return [
    measure('sent → committed', 'ms', importedMs),
    measure('committed → answered', 'ms', answeredMs),
    measure('one change in it: sent → answered', 'ms', changeMs),
    measure('publisher → edge', 'octets', octets),
    measure('memory above idle: zone API', 'MiB', api),
    measure('memory above idle: publisher', 'MiB', publisher),
    measure('memory above idle: edge', 'MiB', edge),
    measure('memory above idle: publisher and edge', 'MiB', publisher + edge),
    measure('time on a core, all programs', 'ms', cpuMs),
  ]
}
