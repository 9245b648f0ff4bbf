/** A zone of any size taken in pieces, invisible until it is whole. */
import { WalkState, type CatchUp, type PageEdits, type PageReader, type ReceivedRange, type ResumeToken } from '@zonecast/zone'
import type { VersionHeader, WalkProgress } from '@zonecast/zone'
import { planFlip, refusingMalformed, type Written } from './apply.ts'
import { Directory } from './directory.ts'
import { pageKey, stageKey, type StoredZone } from './layout.ts'
import { durably, pageReader } from './page-reader.ts'
import { checkFence, StoreRefusal } from './refusal.ts'
import { put } from './seal.ts'
import { WalkSum } from './walk-sum.ts'
import type { StageInput } from './store-types.ts'
import type { StoreContext } from './zone-store.ts'

/** Where the flip puts the zone. */
export interface FlipInput extends Written {
  readonly position: bigint
}

/**
 * Takes the parts of one walk, or of several where a cut one is resumed by `token`. Each part is on disk when its promise resolves.
 * After a rejection the stage stands where it stood before the part; it may go on by a new walk, or be aborted.
 */
export interface Stage {
  begin(header: VersionHeader, resumed: boolean): Promise<void>
  range(range: ReceivedRange): Promise<void>
  catchUp(catchUp: CatchUp): Promise<void>
  /** Compares the digest of all that came and makes it visible in one short transaction; throws `StoreRefusal`. */
  end(header: VersionHeader, flip: FlipInput): Promise<StoredZone>
  /** Where a new walk goes on; undefined before the first range. */
  token(): ResumeToken | undefined
  /** Octets of pages taken so far, over all walks. */
  octets(): number
  abort(): Promise<void>
}

export function createStage(context: StoreContext, { zone, shard, mend, reset }: StageInput): Stage {
  const { database, sha256, pageSums } = context
  let content: number | undefined
  let directory = new Directory([])
  let progress: WalkProgress | undefined
  let taken = 0
  let walk: WalkState | undefined
  /** Of all ranges since the stage was empty, over all walks. */
  let sum = new WalkSum(sha256, pageSums)

  const reader: PageReader = {
    at: (key) => present().at(key),
    after: (key) => present().after(key),
    before: (key) => present().before(key),
  }

  function present(): PageReader {
    return pageReader(database, content as number, directory, context.signals)
  }

  const have = () => context.catalog.get(zone)?.header.state

  function walking(): WalkState {
    if (walk === undefined) throw new StoreRefusal('MALFORMED', `${zone}: a walk goes on that was not begun`, have())
    return walk
  }

  /** Runs one step of the walk and writes what it says; an error ends the walk but not the stage. */
  async function step(take: (walk: WalkState) => PageEdits, isRange = false): Promise<void> {
    const current = walking()
    walk = undefined
    const { puts, deletes } = refusingMalformed(zone, have(), () => take(current))
    // The digest is worked out while the pages are written, and counts once they are.
    const rangeSum = isRange ? sum.sum(puts) : undefined
    const number = content as number
    const write = () => {
      for (const page of puts) put(database, pageKey(number, page.key), page.content)
      for (const key of deletes) database.remove(pageKey(number, key))
    }
    await context.room.attempt(() => durably(database, write))
    directory = directory.patched(puts, deletes)
    progress = current.progress()
    taken += puts.reduce((octets, page) => octets + page.content.length, 0)
    if (rangeSum) await sum.add(rangeSum)
    walk = current
  }

  async function discard(): Promise<void> {
    if (content === undefined) return
    const old = content
    content = undefined
    directory = new Directory([])
    progress = undefined
    sum = new WalkSum(sha256, pageSums)
    context.sweeper.add([old]) // the stage's own note finds it again after a crash
  }

  return {
    begin: async (header, resumed) => {
      checkFence(zone, header.state, have(), { mend, reset })
      walk = undefined
      if (!resumed) await discard()
      const next = new WalkState({ sha256, stage: reader, progress, summedElsewhere: true })
      refusingMalformed(zone, have(), () => next.begin(header, resumed))
      if (content === undefined) {
        let number = 0
        const note = () => {
          number = context.numbers.take()
          database.put(stageKey(number), Buffer.of(1))
        }
        await context.room.attempt(() => durably(database, note))
        content = number
      }
      walk = next
    },
    range: (range) => step((current) => current.range(range), true),
    catchUp: (catchUp) => step((current) => current.catchUp(catchUp)),
    end: async (header, flip) => {
      const ranges = await sum.total()
      refusingMalformed(zone, have(), () => walking().end(header, ranges))
      const number = content as number
      const plan = () => ({
        ...planFlip(context, { zone, shard, header, ...flip }, number, stageKey(number), { mend, reset }),
        directory,
      })
      const stored = await context.room.attempt(() => context.commit(plan))
      content = undefined
      walk = undefined
      return stored
    },
    token: () => (sum.lost ? undefined : progress?.token),
    octets: () => taken,
    abort: async () => {
      walk = undefined
      await discard()
    },
  }
}
