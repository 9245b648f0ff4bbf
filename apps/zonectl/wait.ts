/** `--wait`: a command that changed something ends when the edges answer it. */
import type { Api } from './api.ts'
import { EXIT } from './failure.ts'
import { progressTable, silentEdges } from './output/change-view.ts'
import type { ProgressJson } from './output/json.ts'
import { LiveView } from './output/live-view.ts'
import type { Run, WaitMode } from './run.ts'
import { watchChange } from './watch.ts'

const defaultTimeoutMs = 60_000

/** Follows the change until all edges, or most of them, answer it. When time runs out, the command ends with 69. */
export async function waitForChange(run: Run, api: Api, changeId: string, mode: WaitMode): Promise<ProgressJson | undefined> {
  const timeoutMs = run.flags.timeout ?? defaultTimeoutMs
  const signal = AbortSignal.timeout(timeoutMs)
  const live = run.io.stderr.isTTY && !run.quiet ? new LiveView(run.io.stderr) : undefined
  let progress: ProgressJson | undefined
  let isEnough = false
  try {
    for await (const moment of watchChange(api, changeId, { signal })) {
      progress = moment.progress
      live?.draw(progressTable(progress.edges))
      isEnough = moment.done || (mode === 'quorum' && hasQuorum(progress))
      if (isEnough) break
    }
  } finally {
    live?.clear()
  }
  if (!isEnough) tellSilent(run, progress, timeoutMs)
  return progress
}

/** More than half of the expected edges answer. */
export function hasQuorum({ edges }: Pick<ProgressJson, 'edges'>): boolean {
  return edges.filter(({ stage }) => stage === 'answered').length * 2 > edges.length
}

function tellSilent(run: Run, progress: ProgressJson | undefined, waitedMs: number): void {
  run.endWith(EXIT.unavailable)
  run.io.stderr.write('zonectl: the change is committed, but not answered everywhere\n')
  for (const line of silentEdges(progress?.edges ?? [], waitedMs)) run.io.stderr.write(`  ${line}\n`)
}
