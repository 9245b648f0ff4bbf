/** Drives a job's merge: live content in, pages and delta out. */
import type { Delta } from '@zonecast/zone'
import type { PageRef } from '@zonecast/zone'
import type { MergePlan, MergeStep, MergeSummary } from './content-merge.ts'
import type { ImportJob } from './import-job.ts'
import { type LivePart, noContent } from './live-feed.ts'
import type { VersionReader } from './version-reader.ts'

export interface MergeTarget {
  /** Takes a batch; the next one comes when this is done. */
  write(pages: readonly PageRef[], delta: Delta): Promise<void>
}

/** Runs the merge to its end. The job works on the next batch while the last one is written and the next part is read. */
export async function runMerge(
  job: ImportJob,
  plan: MergePlan,
  live: VersionReader | undefined,
  target: MergeTarget,
): Promise<MergeSummary> {
  let part = nextPart(live)
  let writing: Promise<void> = Promise.resolve()
  let step: MergeStep = await job.merge(plan)
  while (step.kind !== 'end') {
    if (step.kind === 'live') {
      const given: LivePart = await part
      if (!given.last) part = nextPart(live)
      step = await job.next(given)
      continue
    }
    await writing
    writing = target.write(step.pages, step.delta)
    writing.catch(() => {})
    step = await job.next()
  }
  await writing
  return step.summary
}

function nextPart(live: VersionReader | undefined): Promise<LivePart> {
  const part = live?.next() ?? Promise.resolve(noContent)
  // It is read ahead: a failure counts when the part is asked for.
  part.catch(() => {})
  return part
}
