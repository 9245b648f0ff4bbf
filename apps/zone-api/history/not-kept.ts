/** Versions that cannot be had: whether they ever were, what became of them, and which are there. */
import { historyPruned } from '@zonecast/rpc'
import type { HistoryReads } from '../database/history-port.ts'

type Reads = Pick<HistoryReads, 'versionAt' | 'listVersions'>

/** A version of a zone, and the step after it that is not kept, where it is that which is missing. */
export interface NotKept {
  readonly zone: string
  readonly version: bigint
  readonly missingStep?: bigint
}

/** Versions that one look for the newest that was purged takes. */
const lookedAt = 1_000

/** What is refused with HISTORY_PRUNED. */
export async function notKept(history: Reads, { zone, version, missingStep }: NotKept): Promise<Error> {
  const newest = (await history.versionAt({ zone }))?.state.version ?? 0n
  const metadata = { zone, version: String(version), newest: String(newest) }
  if (version > newest || version < 1n)
    return historyPruned(metadata, `there never was a version ${version} of ${zone}; the newest is ${newest}`)
  const { oldest, isPurged } = await whatIsThere(history, { zone, version, newest, ...(missingStep && { missingStep }) })
  const why = isPurged ? 'it was purged from the history, as is done for personal data' : 'retention has let go of it'
  const there = oldest === newest ? `only version ${newest} is` : `versions ${oldest} to ${newest} are`
  return historyPruned(
    { ...metadata, oldest: String(oldest) },
    `version ${version} of ${zone} was there once, and ${why}; ${there} kept`,
  )
}

interface Place extends NotKept {
  readonly newest: bigint
}

async function whatIsThere(history: Reads, { zone, version, missingStep, newest }: Place) {
  // What comes after a step that was purged can be had, and what was before it cannot.
  const purged = await newestPurged(history, { zone, version })
  if (missingStep !== undefined) return { oldest: purged ?? missingStep, isPurged: purged !== undefined }
  const kept = await oldestKept(history, { zone, version, newest })
  return { oldest: purged !== undefined && purged > kept ? purged : kept, isPurged: false }
}

/** The newest version after this one whose step was purged; all between are looked at, some at a time. */
async function newestPurged(history: Reads, { zone, version }: NotKept): Promise<bigint | undefined> {
  for (let before: bigint | undefined; ;) {
    const { versions, next } = await history.listVersions({ zone, limit: lookedAt, ...(before !== undefined && { before }) })
    const found = versions.find((one) => one.purged || one.state.version <= version)
    if (found) return found.state.version > version ? found.state.version : undefined
    if (next === undefined) return undefined
    before = next
  }
}

/** Retention takes the oldest first, so that those that are kept follow each other. */
async function oldestKept(history: Reads, { zone, version, newest }: Place): Promise<bigint> {
  let [gone, kept] = [version, newest]
  while (kept - gone > 1n) {
    const middle = (gone + kept) / 2n
    if (await history.versionAt({ zone, version: middle })) kept = middle
    else gone = middle
  }
  return kept
}
