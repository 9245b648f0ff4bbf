/** `zonectl drill …`: what went wrong elsewhere, tried here. */
import type { Command } from 'commander'
import { runs, type Shell, withLocal, withOutput } from './define.ts'

export function drillCommands(program: Command, shell: Shell): void {
  const drill = program.command('drill').description('drills: stale-publisher')
  const stale = drill
    .command('stale-publisher')
    .description('a slow publisher, a fast one and a cleanup, in the order that emptied names in an outage of 2025')
    .addHelpText(
      'after',
      '\nStarts an edge and three publishers of its own in a temporary folder; no other system is touched.\nEnds with 0 only where each dangerous step was refused at the edge and the name was answered throughout.',
    )
  runs(withLocal(withOutput(stale, ['table', 'json', 'yaml'])), shell, async () => {
    return (await import('../verbs/drill-stale-publisher.ts')).drillStalePublisher
  })
}
