/** The parts that plots are made of: the frame with its colours, text, scales and ticks. */
import type { Row } from '../results.ts'

/** Colours follow the reader's scheme; behind everything there is what the page has. */
const style = `
text{font:12px system-ui,sans-serif;fill:#3b4252}
.title{font-size:15px;font-weight:600;fill:#1c2128}
.group{font-weight:600;fill:#1c2128}
.name-ours{font-weight:600;fill:#0a5bc4}
.tick{font-size:11px;fill:#5d6673}
.value{font-size:11px}
.grid{stroke:#d5dae1;fill:none}
.ours{fill:#1f6feb}
.peer{fill:#98a2b0}
.whisker{stroke:#24292f;fill:none}
.line{fill:none;stroke-width:2}
.s0{stroke:#1f6feb}.s1{stroke:#bc4c00}.s2{stroke:#1a7f37}.s3{stroke:#8250df}.s4{stroke:#6e7781}
.d0{fill:#1f6feb}.d1{fill:#bc4c00}.d2{fill:#1a7f37}.d3{fill:#8250df}.d4{fill:#6e7781}
@media (prefers-color-scheme:dark){
text{fill:#c3cad4}.title,.group{fill:#eef1f5}.name-ours{fill:#79b8ff}.tick{fill:#9aa4b0}
.grid{stroke:#3a424d}.ours{fill:#4493f8}.peer{fill:#66707d}.whisker{stroke:#eef1f5}
.s0{stroke:#4493f8}.s1{stroke:#f0883e}.s2{stroke:#3fb950}.s3{stroke:#ab7df8}.s4{stroke:#9aa4b0}
.d0{fill:#4493f8}.d1{fill:#f0883e}.d2{fill:#3fb950}.d3{fill:#ab7df8}.d4{fill:#9aa4b0}
}
`.replaceAll('\n', '')

export function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  const frame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`
  return `${frame}\n<style>${style}</style>\n${text(16, 26, title, 'title')}\n${parts.join('\n')}\n</svg>\n`
}

export function text(x: number, y: number, what: string, kind = '', anchor: 'start' | 'middle' | 'end' = 'start'): string {
  const place = anchor === 'start' ? '' : ` text-anchor="${anchor}"`
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${kind === '' ? '' : ` class="${kind}"`}${place}>${escaped(what)}</text>`
}

const escaped = (what: string): string =>
  what.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** `BIND 9.18, tuned`. */
export function label({ system, variant }: Pick<Row, 'system' | 'variant'>): string {
  return variant === '' ? system : `${system}, ${variant}`
}

export interface Axis {
  readonly kind: 'linear' | 'log'
  readonly lowest: number
  readonly highest: number
  /** Where the axis begins. */
  readonly start: number
  /** Where a value stands. */
  at(value: number): number
}

/** An axis that holds all values. One that is linear begins at 0, one that is logarithmic at a power of ten, below the values for bars. */
export function scaleOf(
  values: readonly number[],
  wanted: 'linear' | 'log',
  { from, to, forBars = false }: { readonly from: number; readonly to: number; readonly forBars?: boolean },
): Axis {
  const positive = values.filter((value) => value > 0)
  const kind = wanted === 'log' && positive.length > 0 ? 'log' : 'linear'
  const most = Math.max(...positive, Number.MIN_VALUE)
  if (kind === 'linear') {
    const highest = most === Number.MIN_VALUE ? 1 : most
    return { kind, lowest: 0, highest, start: from, at: (value) => from + (value / highest) * (to - from) }
  }
  const lowest = 10 ** Math.floor(Math.log10(Math.min(...positive)) + (forBars ? -0.0001 : 0.0001))
  const span = Math.log10(most / lowest)
  const at = (value: number) => from + (Math.log10(Math.max(value, lowest) / lowest) / span) * (to - from)
  return { kind, lowest, highest: most, start: from, at }
}

const mostTicks = 6

/** Round numbers along the axis. */
export function axisTicks({ kind, lowest, highest }: Axis): number[] {
  if (kind === 'log') {
    const decades = Math.floor(Math.log10(highest / lowest) + 1e-9)
    // Within two decades, powers of ten alone are too few to read a value by.
    const factors = decades < 2 ? [1, 2, 5] : [1]
    const all = Array.from({ length: decades + 1 }, (_, i) =>
      factors.map((factor) => Number((factor * lowest * 10 ** i).toPrecision(6))),
    )
    return all.flat().filter((tick) => tick <= highest * (1 + 1e-9))
  }
  const power = 10 ** Math.floor(Math.log10(highest / mostTicks))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => highest / one <= mostTicks)!
  return Array.from({ length: Math.floor(highest / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)))
}
