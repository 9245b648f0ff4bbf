/** `zonectl change watch`: a table that lives on a terminal, lines elsewhere. */
import { EXIT } from '../failure.ts'
import { changeText, progressLines, silentEdges } from '../output/change-view.ts'
import type { EdgeJson, ProgressJson } from '../output/json.ts'
import { LiveView } from '../output/live-view.ts'
import type { Run } from '../run.ts'
import { type Moment, watchChange } from '../watch.ts'

export async function changeWatch(run: Run, [changeId = '']: string[]): Promise<void> {
  const api = await run.api()
  const { timeout } = run.flags
  const signal = timeout === undefined ? new AbortController().signal : AbortSignal.timeout(timeout)
  const show = run.format === 'json' ? showJson(run) : run.io.stdout.isTTY ? showLive(run) : showLines(run)
  let last: ProgressJson | undefined
  let isDone = false
  const onInterrupted = () => run.talk('the zone API is away; trying again')
  for await (const moment of watchChange(api, changeId, { signal, onInterrupted })) {
    last = moment.progress
    isDone = moment.done
    await show(moment)
  }
  if (isDone) return
  run.endWith(EXIT.unavailable)
  run.io.stderr.write('zonectl: the change is not answered everywhere\n')
  for (const line of silentEdges(last?.edges ?? [], timeout ?? 0)) run.io.stderr.write(`  ${line}\n`)
}

type Show = (moment: Moment) => Promise<void>

function showJson(run: Run): Show {
  return ({ progress: { changeId, stage, committedAt }, moved, done }) =>
    run.print(`${JSON.stringify({ changeId, stage, committedAt, done, edges: moved })}\n`)
}

function showLive(run: Run): Show {
  const live = new LiveView(run.io.stdout)
  return async ({ progress }) => live.draw(changeText(progress))
}

function showLines(run: Run): Show {
  const known = new Map<string, EdgeJson>()
  let isFirst = true
  return async ({ progress, moved, done }) => {
    if (isFirst) await run.print(`${progress.changeId} committed ${progress.committedAt}\n`)
    isFirst = false
    for (const edge of moved) {
      for (const line of progressLines(edge, known.get(edge.edgeId))) await run.print(`${line}\n`)
      known.set(edge.edgeId, edge)
    }
    if (done) await run.print(`${progress.changeId} answered everywhere\n`)
  }
}
