/** What it costs to write and read the post's message and whole zones: JSON, protobuf, pages. */
import { describeMachine, machineText } from '../lib/machine.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { formatsOfSample, formatsOfZone, zoneOf } from './formats.ts'
import { type FormatFigures, measureFormats } from './measure.ts'
import { samples } from './messages.ts'

const zoneSizes = isQuick ? [1, 100, 10_000] : [1, 100, 10_000, 1_000_000]

export async function benchCodec(): Promise<void> {
  const machine = describeMachine()
  console.log(`codec: JSON, protobuf and pages\n${machineText(machine)}`)
  const measures: Measure[] = []
  for (const [size, sample] of Object.entries(samples)) {
    const group = `the post's message, ${size}`
    measures.push(...measuresOf(group, 1, measureFormats(formatsOfSample(sample), rounds)))
  }
  for (const records of zoneSizes) {
    const formats = formatsOfZone(await zoneOf(records))
    const group = `a zone of ${spaced(records)} ${records === 1 ? 'record' : 'records'}`
    measures.push(...measuresOf(group, records, measureFormats(formats, rounds)))
  }
  const rows = rowsOf(measures, 'JSON')
  console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('codec', machine, { rows })}`)
}

/** Times a message, or a record of a zone. */
function measuresOf(group: string, count: number, figures: readonly FormatFigures[]): Measure[] {
  return figures.flatMap(({ format, octets, gzipOctets, zstdOctets, encodeNs, decodeNs, scanNs, gzipNs, zstdNs }) => {
    const isOurs = format === 'pages'
    const measure = (figure: string, unit: string, value: number): Measure => ({
      group,
      system: isOurs ? `${ours} pages` : format,
      variant: '',
      figure,
      unit,
      better: 'lower',
      value: value / count,
    })
    const times = (figure: string, all: readonly number[]) => all.map((value) => measure(figure, 'ns', value))
    const each = count === 1 ? '' : ' a record'
    return [
      measure(`size${each}`, 'octets', octets),
      measure(`size${each}, gzip`, 'octets', gzipOctets),
      measure(`size${each}, zstd`, 'octets', zstdOctets),
      ...times(`encode${each}`, encodeNs),
      ...times(`decode${each}`, decodeNs),
      ...times(`check the structure${each}`, scanNs),
      measure(`gzip${each}`, 'ns', gzipNs),
      measure(`zstd${each}`, 'ns', zstdNs),
    ]
  })
}
