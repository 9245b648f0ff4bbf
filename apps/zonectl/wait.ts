/** `--wait`: a command that changed something ends when the edges answer it. */
import { EdgeState } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import type { Api } from './api.ts'
import { EXIT, usageError } from './failure.ts'
import { progressTable, silentEdges } from './output/change-view.ts'
import type { EdgeJson, ProgressJson } from './output/json.ts'
import { LiveView } from './output/live-view.ts'
import type { Run, WaitMode } from './run.ts'
import { watchChange } from './watch.ts'

const defaultTimeoutMs = 60_000

/** Before anything is changed: edges that cannot be waited for are a mistake in the command line. */
export async function refuseUnknownEdges(api: Api, names: readonly string[]): Promise<void> {
  const { edges } = await api.registry.listEdges({})
  const expected = edges.filter(({ state }) => state === EdgeState.EXPECTED).map(({ edgeId }) => edgeId)
  const missing = names.filter((name) => !expected.includes(name))
  if (missing.length === 0) return
  const why = missing.map((name) => {
    const known = edges.find(({ edgeId }) => edgeId === name)
    if (!known) return `there is no edge ${name}`
    return `edge ${name} is ${known.state === EdgeState.DRAINING ? 'draining' : 'retired'}: no change waits for it`
  })
  throw usageError(`--wait: ${why.join('; ')}; nothing was changed`, [
    `edges that can be waited for: ${expected.join(', ') || 'none'}`,
  ])
}

/** Follows the change until the edges asked for answer it. When time runs out, the command ends with 69. */
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
      if (tellStrangers(run, progress, mode)) return progress
      isEnough = moment.done || isReached(mode, progress)
      if (isEnough) break
    }
  } finally {
    live?.clear()
  }
  if (!isEnough) tellLate(run, awaitedOf(mode, progress?.edges ?? []), timeoutMs)
  return progress
}

/** True where the edges that are waited for answer. */
export function isReached(mode: WaitMode, { edges }: Pick<ProgressJson, 'edges'>): boolean {
  const answered = edges.filter(({ stage }) => stage === 'answered')
  if (mode === 'quorum') return answered.length * 2 > edges.length
  const awaited = awaitedOf(mode, edges)
  return awaited.length > 0 && awaited.every(({ stage }) => stage === 'answered')
}

function awaitedOf(mode: WaitMode, edges: readonly EdgeJson[]): readonly EdgeJson[] {
  return typeof mode === 'object' ? edges.filter(({ edgeId }) => mode.includes(edgeId)) : edges
}

/** Edges that were named and do not carry what was changed: waiting for them would be for nothing. */
function tellStrangers(run: Run, { edges }: ProgressJson, mode: WaitMode): boolean {
  if (typeof mode !== 'object') return false
  const strangers = mode.filter((name) => edges.every(({ edgeId }) => edgeId !== name))
  if (strangers.length === 0) return false
  run.endWith(EXIT.usage)
  run.io.stderr.write(`zonectl: the change is committed, but does not concern ${strangers.join(', ')}\n`)
  return true
}

function tellLate(run: Run, edges: readonly EdgeJson[], waitedMs: number): void {
  run.endWith(EXIT.unavailable)
  run.io.stderr.write('zonectl: the change is committed, but not answered everywhere\n')
  for (const line of silentEdges(edges, waitedMs)) run.io.stderr.write(`  ${line}\n`)
}
