/** Percentiles, and tables of figures. */

export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly mean: number
}

/** The nearest-rank percentile; the values may come in any order. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export function spreadOf(values: readonly number[]): Spread {
  const at = (share: number) => round(percentile(values, share))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { count: values.length, p50: at(0.5), p99: at(0.99), max: at(1), mean: round(mean) }
}

/** Three significant digits at least, and never more than three decimals. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** Columns as wide as they need to be; numbers stand on the right. */
export function tableText(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const isNumber = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'))
  const pad = (cell: string, column: number) =>
    isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return lines.map((line) => `  ${line.map(pad).join('  ')}`.trimEnd()).join('\n')
}
