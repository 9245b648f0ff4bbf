/** Rows of results as a table for the terminal. */
import { tableText } from './figures.ts'
import type { Row } from './results.ts'

const head = ['group', 'figure', 'system', 'best', 'lowest', 'highest', 'ratio']

export function rowsText(rows: readonly Row[]): string {
  return tableText(
    head,
    rows.map(({ group, figure, unit, system, variant, best, spread, ratio }) => [
      group,
      unit === '' ? figure : `${figure} (${unit})`,
      variant === '' ? system : `${system}, ${variant}`,
      best,
      ...spread,
      ratio ?? '',
    ]),
  )
}
