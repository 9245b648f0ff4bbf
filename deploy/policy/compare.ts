/**
 * Holds rendered policies to the allow matrix, both ways: what it lists passes, and everything else is refused. Each side is held to
 * it by itself, so that neither relies on the other.
 */
import { assemble, type Cast, type Member } from './cast.ts'
import { isPod, judge, letsPass, type Pod, type Side, type Verdict } from './evaluate.ts'
import type { Rendered } from './manifests.ts'
import { anyone, type Matrix, type PortRange, type Row } from './matrix.ts'
import { type Protocol, protocols, rulesOf } from './network-policy.ts'

export interface Connection {
  readonly from: string
  readonly to: string
  readonly protocol: Protocol
  readonly port: number
  readonly verdict: Verdict
  /** What the matrix says. */
  readonly listed: boolean
  /** What is not as the matrix says: the whole, the way out of the one, or the way in to the other. */
  readonly wrong?: 'whole' | 'out' | 'in'
}

export interface Comparison {
  /** Connections that were tried, and how many of them pass. */
  readonly tried: number
  readonly passing: number
  readonly differences: readonly string[]
}

export function compare(matrix: Matrix, overlay: string, rendered: Rendered): Comparison {
  const differences: string[] = []
  let tried = 0
  let passing = 0
  for (const connection of connections(matrix, overlay, rendered)) {
    tried++
    if (connection.verdict.allowed) passing++
    if (connection.wrong) differences.push(describe(connection))
  }
  return { tried, passing, differences }
}

/** Every pair with somebody of the namespace in it, at every port where an answer may change. */
export function* connections(matrix: Matrix, overlay: string, rendered: Rendered, namespace = 'zonecast'): Generator<Connection> {
  const cast = assemble(matrix, rendered)
  const rows = matrix.allow.filter(({ overlays }) => overlays === undefined || overlays.includes(overlay))
  const open = rows.filter(({ from }) => from.includes(anyone))
  const inside = ({ party }: Member) => isPod(party) && party.namespace === namespace
  const ports = portsToTry(matrix, cast)
  for (const from of cast.members) {
    for (const to of cast.members) {
      if (from === to || !(inside(from) || inside(to))) continue
      const ranges = rows.filter((row) => isFrom(row, from, inside)).flatMap((row) => rangesOf(matrix, row, to))
      // Where anyone may come in, the way in is not closed to those inside: their way out is.
      const openRanges = open.flatMap((row) => rangesOf(matrix, row, to))
      const verdictAt = judge(cast.cluster, from.party, to.party)
      for (const [protocol, port] of ports) {
        const verdict = verdictAt(protocol, port)
        const isIn = (range: PortRange) => range.protocol === protocol && range.first <= port && port <= range.last
        const listed = ranges.some(isIn)
        const out = !inside(from) || letsPass(verdict.egress) === listed
        const into = !inside(to) || letsPass(verdict.ingress) === (listed || openRanges.some(isIn))
        const wrong = verdict.allowed !== listed ? 'whole' : out ? (into ? undefined : 'in') : 'out'
        yield { from: from.name, to: to.name, protocol, port, verdict, listed, ...(wrong && { wrong }) }
      }
    }
  }
}

function isFrom({ from: names }: Row, from: Member, inside: (member: Member) => boolean): boolean {
  return names.some((name) => name === from.role || (name === anyone && !inside(from)))
}

/** What a row lets pass to somebody. */
function rangesOf(matrix: Matrix, row: Row, { role, party }: Member): PortRange[] {
  if (role === undefined || !row.to.includes(role)) return []
  return row.ports.map((name) => portOf(matrix, role, party as Pod, name))
}

function portOf({ parties }: Matrix, role: string, pod: Pod, name: string): PortRange {
  const said = parties[role]
  const declared = said && 'ports' in said ? said.ports[name] : undefined
  if (declared) return declared
  const port = pod.ports.find((one) => one.name === name)
  if (!port) throw new Error(`${role} has no port ${name}`)
  return { protocol: port.protocol, first: port.number, last: port.number }
}

/** Ports that anybody has or that a policy names, their neighbours, and both ends. */
function portsToTry({ parties }: Matrix, { members, cluster }: Cast): (readonly [Protocol, number])[] {
  const declared = Object.values(parties).flatMap((said) => ('ports' in said ? Object.values(said.ports) : []))
  const ofPods = members.flatMap(({ party }) => (isPod(party) ? party.ports.map(({ number }) => number) : []))
  const ofPolicies = cluster.policies
    .flatMap((policy) => [...rulesOf(policy, 'Ingress'), ...rulesOf(policy, 'Egress')])
    .flatMap(({ ports }) => ports.flatMap(({ port, endPort }) => [port, endPort]))
    .filter((port) => typeof port === 'number')
  const found = [...ofPods, ...ofPolicies, ...declared.flatMap(({ first, last }) => [first, last])]
  const around = [1, 65_535, ...found.flatMap((port) => [port - 1, port, port + 1])]
  const numbers = [...new Set(around)].filter((port) => port >= 1 && port <= 65_535).toSorted((a, b) => a - b)
  return protocols.flatMap((protocol) => numbers.map((port) => [protocol, port] as const))
}

function describe({ from, to, protocol, port, verdict, listed, wrong }: Connection): string {
  const way = { whole: '', out: `, out of ${from},`, in: `, in to ${to},` }[wrong ?? 'whole']
  const what = listed ? 'is in the matrix and does not pass' : 'passes and is not in the matrix'
  const [egress, ingress] = [sideText(verdict.egress), sideText(verdict.ingress)]
  return `${from} → ${to} ${protocol} ${port}${way} ${what} (out: ${egress}; in: ${ingress})`
}

function sideText(side: Side): string {
  if (side === 'open') return 'no policy selects it'
  if (side.allowedBy.length > 0) return `let by ${side.allowedBy.join(', ')}`
  return `refused by ${side.selectedBy.join(', ')}`
}
