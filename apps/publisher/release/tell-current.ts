/** Says to edges what of the shards is up to date: they choose who sends. */
import type { Clock, Logger } from '@zonecast/runtime'
import { every } from '../every.ts'
import type { Heads } from '../ingest/heads.ts'
import type { Edges } from './edges.ts'

export interface TellPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly shards: readonly number[]
  readonly edges: Edges
  readonly heads: Pick<Heads, 'current'>
}

/** What has changed is told after this time. */
const tellMs = 250

export function tellCurrent({ clock, log, shards, edges, heads }: TellPorts): { cancel(): void } {
  let said = ''
  const tell = async () => {
    const current = heads.current()
    if (said === (said = current.join())) return
    edges.hold(shards, current)
  }
  return every({ clock, log }, tellMs, tell, 'edges could not be told what is up to date')
}
