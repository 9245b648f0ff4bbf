/** First mentions of a shard: they leave in the order of positions. */
import type { ZoneState } from '@zonecast/zone'
import type { IndexEntry } from './head-index.ts'
import type { Offer, OfferEntry } from './messages.ts'
import type { Run } from './sender-items.ts'

/** Takes the first `count` items of a shard as mentioned; gives the offers that mention those that were not, of so many entries at most. */
export function mention(run: Run, count: number, mostEntries: number): Offer[] {
  const offers: Offer[] = []
  let entries: OfferEntry[] = []
  for (const item of run.items.slice(0, count)) {
    if (item.after !== undefined) continue
    if (entries.length === 0) offers.push({ kind: 'offer', shard: run.shard, after: run.mentioned, entries })
    item.after = run.mentioned
    run.mentioned = item.head.position
    entries.push({ zone: item.head.zone, state: item.head.state, position: item.head.position })
    if (entries.length >= mostEntries) entries = []
  }
  return offers
}

/**
 * What the edge has where it was level while the zone's previous head stood, or where the zone is new since.
 * A guess: where it is wrong, the edge refuses the base and says what it has.
 */
export function guessBase(run: Run, { head, previous }: IndexEntry): { base: ZoneState | undefined } | undefined {
  if (previous !== undefined) return previous.position <= run.level ? { base: previous.state } : undefined
  return run.level >= 0n && head.position > run.level && head.state.version === 1n ? { base: undefined } : undefined
}
