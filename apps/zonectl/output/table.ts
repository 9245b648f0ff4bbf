/** Tables for people: plain columns, two spaces apart, nothing cut. */
import Table from 'cli-table3'
import { printable } from './text.ts'

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const
const plain = { chars: noLines, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } }

export type Align = 'left' | 'right'

export interface Column {
  readonly title: string
  readonly align?: Align
}

/** Columns under their titles. Rows may come in batches: the columns keep their widths and only grow. */
export class TableWriter {
  readonly #columns: readonly Column[]
  #widths: number[]
  #hasTitles = false

  constructor(columns: readonly Column[]) {
    this.#columns = columns
    this.#widths = columns.map(({ title }) => title.length)
  }

  write(rows: readonly (readonly string[])[]): string {
    const cells = rows.map((row) => row.map(printable))
    for (const row of cells) this.#widths = this.#widths.map((width, i) => Math.max(width, (row[i] ?? '').length))
    const lines = this.#hasTitles ? cells : [this.#columns.map(({ title }) => title), ...cells]
    this.#hasTitles = true
    return columnsOf(
      lines,
      this.#columns.map(({ align }) => align ?? 'left'),
      this.#widths,
    )
  }
}

export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return new TableWriter(columns).write(rows)
}

/** Names and what they are, one a line; what is undefined or empty is left out. */
export function fields(pairs: Readonly<Record<string, string | undefined>>): string {
  const rows = Object.entries(pairs).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, printable(value)]],
  )
  return rows.length === 0 ? '' : columnsOf(rows, ['left', 'left'])
}

function columnsOf(lines: readonly (readonly string[])[], aligns: readonly Align[], widths?: readonly number[]): string {
  const drawn = new Table({ ...plain, colAligns: [...aligns], ...(widths && { colWidths: [...widths] }) })
  drawn.push(...lines.map((line) => [...line]))
  // The last column is not filled up: nobody wants to copy spaces.
  return `${drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}
