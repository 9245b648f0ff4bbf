/** `zonectl change …` and `zonectl apply`. */
import type { Command } from 'commander'
import { type EditFlags, runs, type Shell, withCommon, withEdit } from './define.ts'

export function changeCommands(program: Command, shell: Shell): void {
  const apply = program
    .command('apply')
    .description('apply a change set over one zone or several from a YAML or JSON file')
    .argument('<file>', 'the change set, - for standard input')
    .addHelpText(
      'after',
      `
The file:
  zone: harbour.example
  changes:
    - put: { name: www, type: A, ttl: 300, values: [192.0.2.1] }
    - add: { name: "@", type: MX, values: [10 mail] }
    - remove: { name: api, type: A, values: [192.0.2.23] }
    - delete: { name: old, type: TXT }
Over several zones, all or nothing:
  sets:
    - zone: harbour.example
      changes: [{ put: { name: www, type: A, values: [192.0.2.1] } }]
    - zone: 2.0.192.in-addr.arpa
      changes: [{ put: { name: "1", type: PTR, values: [www.harbour.example.] } }]

Example:
  zonectl apply move.yaml --dry-run`,
    )
  runs<EditFlags>(withCommon(withEdit(apply)), shell, async () => (await import('../verbs/apply.ts')).apply)

  const trace = program
    .command('trace')
    .description('the steps that a recent change took, program by program, with their times')
    .argument('<id>')
  runs(withCommon(trace), shell, async () => (await import('../verbs/trace.ts')).trace)

  const change = program.command('change').description('changes: show, watch')
  const show = change.command('show').description('a change, and how far each edge is with it').argument('<id>')
  runs(withCommon(show), shell, async () => (await import('../verbs/change-show.ts')).changeShow)
  const watch = change
    .command('watch')
    .description('follow a change until every edge answers it')
    .argument('<id>')
    .addHelpText('after', '\nWith -o json there is one object a line for every move. Without --timeout it goes on until Ctrl-C.')
  runs(withCommon(watch, ['table', 'json']), shell, async () => (await import('../verbs/change-watch.ts')).changeWatch)
}
