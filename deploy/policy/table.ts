/** The allow matrix as a table for people. */
import { anyone, type Matrix, type PortRange } from './matrix.ts'
import type { Rendered } from './manifests.ts'

/** In Markdown; workloads give the numbers of their ports. */
export function allowTable(matrix: Matrix, { workloads }: Rendered): string {
  const rows = matrix.allow.map(({ from, to, ports, why, overlays }) => {
    const numbers = to.flatMap((role) => ports.map((port) => portText(rangeOf(matrix, workloads, role, port))))
    const where = overlays === undefined ? '' : overlays.join(', ')
    return [from.map(nameOf).join(', '), to.map(nameOf).join(', '), [...new Set(numbers)].join(', '), why, where]
  })
  const head = ['From', 'To', 'Ports', 'For', 'Only in']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const nameOf = (role: string): string => (role === anyone ? 'anyone outside the namespace' : `\`${role}\``)

function rangeOf({ parties }: Matrix, workloads: Rendered['workloads'], role: string, name: string): PortRange {
  const said = parties[role]
  const port =
    said && 'workload' in said ? workloads.get(said.workload)?.ports.find((one) => one.name === name) : said?.ports[name]
  if (!port) throw new Error(`${role} has no port ${name}`)
  return 'first' in port ? port : { protocol: port.protocol, first: port.number, last: port.number }
}

const portText = ({ protocol, first, last }: PortRange): string => `${protocol} ${first}${last === first ? '' : `–${last}`}`
