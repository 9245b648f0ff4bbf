/** `zonectl edge …`, `zonectl query` and `zonectl status`. */
import { type Command, Option } from 'commander'
import { parseServer } from '../values.ts'
import { type ReasonFlags, runs, type Shell, timeout, withAuditReason, withCommon, withLocal, withOutput } from './define.ts'

export interface StatusFlags {
  readonly url?: string
}

export interface ResetFlags extends ReasonFlags {
  readonly force?: boolean
}

export interface QueryFlags {
  readonly edge?: string
  readonly server?: { readonly host: string; readonly port: number }
  readonly dnssec?: boolean
  readonly tcp?: boolean
  readonly short?: boolean
  readonly timeout?: number
}

const dnsPort = 53

export function edgeCommands(program: Command, shell: Shell): void {
  queryCommand(program, shell)
  const edge = program.command('edge').description('edges: list, status, expect, drain, retire, reset')
  const list = edge.command('list').description('the edges that the zone API knows')
  runs(withCommon(list), shell, async () => (await import('../verbs/edge-list.ts')).edgeList)
  const status = edge
    .command('status')
    .description('what edges say of themselves')
    .argument('[edge]', 'only this one (default: all of the data folder)')
    .option('--url <url>', 'RPC address of an edge that is not in the data folder')
  runs<StatusFlags>(withCommon(status), shell, async () => (await import('../verbs/edge-status.ts')).edgeStatus)
  stateCommands(edge, shell)
  const system = program.command('status').description('how the zone API is: database, lineage, events, edges')
  runs(withCommon(system), shell, async () => (await import('../verbs/status.ts')).status)
}

function stateCommands(edge: Command, shell: Shell): void {
  for (const { verb, state, about } of [
    { verb: 'expect', state: 'expected', about: 'have changes wait for an edge (again), from now on' },
    { verb: 'drain', state: 'draining', about: 'have no further change wait for an edge; it goes on serving' },
    { verb: 'retire', state: 'retired', about: 'have no change wait for an edge, not even those of before' },
  ] as const) {
    const command = withAuditReason(edge.command(verb).description(about).argument('<edge>'))
    runs<ReasonFlags>(withCommon(command), shell, async () => {
      const { edgeState } = await import('../verbs/edge-state.ts')
      return (run, args, flags) => edgeState(run, args, state, flags)
    })
  }
  const reset = edge
    .command('reset')
    .description('take an edge that holds a version which was never committed back to the newest one that was')
    .argument('<edge>')
    .argument('<zone>')
    .option('--force', 'fetch the zone anew even where the edge holds nothing later')
    .addHelpText('after', '\nThe edge serves what it has until the whole zone is there.')
  runs<ResetFlags>(withCommon(withAuditReason(reset)), shell, async () => (await import('../verbs/edge-reset.ts')).edgeReset)
}

function queryCommand(program: Command, shell: Shell): void {
  const query = program
    .command('query')
    .description('ask an edge a DNS question, for machines without dig')
    .argument('<name>', 'absolute, with or without the dot at its end')
    .argument('[type]', 'type of the records', 'A')
    .option('--edge <edge>', 'an edge of the data folder (default: its first)')
    .addOption(
      new Option('--server <host:port>', 'any DNS server instead')
        .argParser((text) => parseServer(text, dnsPort))
        .conflicts('edge'),
    )
    .option('--dnssec', 'ask for stored DNSSEC records (RFC 3225)')
    .option('--tcp', 'ask over TCP at once')
    .option('--short', 'print only the RDATA of the answers')
    .addOption(timeout())
    .addHelpText('after', '\nExamples:\n  zonectl query www.harbour.example\n  zonectl query harbour.example MX --short')
  runs<QueryFlags>(
    withLocal(withOutput(query, ['table', 'json', 'yaml'])),
    shell,
    async () => (await import('../verbs/query.ts')).query,
  )
}
