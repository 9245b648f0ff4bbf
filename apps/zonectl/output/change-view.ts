/** A change and its progress as people read them. */
import type { EdgeJson, EffectJson, ProgressJson } from './json.ts'
import { fields, table } from './table.ts'
import { count, formatAfter, formatMs } from './text.ts'

/** One line for what a change did to a zone. */
export function effectLine({ zone, changed, deleted, version, serial, added, removed, ...other }: EffectJson): string {
  const { notesChanged, tagsChanged } = other

  if (notesChanged > 0) {
    const notes = `comment or tags of ${count(notesChanged, 'RRset')}`
    if (!changed) return `${zone} ${notes} changed; the zone stays at version ${version}`
    return `${zone} version ${version}, serial ${serial} (${count(added, 'record')} added, ${removed} removed, ${notes})`
  }
  if (tagsChanged && !changed) return `${zone} tags changed; the zone stays at version ${version}`
  if (!changed) return `${zone} is as asked already: version ${version}, serial ${serial}`
  if (deleted) return `${zone} deleted at version ${version}`
  return `${zone} version ${version}, serial ${serial} (${count(added, 'record')} added, ${removed} removed)`
}

/** Until when caches may answer with what was there before; undefined where there was nothing. */
export function cachesText(effects: readonly EffectJson[], fromMs: number): string | undefined {
  const seconds = Math.max(0, ...effects.map(({ oldTtl }) => oldTtl))
  if (seconds === 0) return undefined
  const end = new Date(fromMs + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  return `have forgotten the old data by ${end} (TTL ${seconds} s)`
}

const progressColumns = [
  { title: 'EDGE' },
  { title: 'PUBLISHED', align: 'right' },
  { title: 'APPLIED', align: 'right' },
  { title: 'ANSWERED', align: 'right' },
  { title: '' },
] as const

/** How far each edge is, in time since the commit. */
export function progressTable(edges: readonly EdgeJson[]): string {
  if (edges.length === 0) return 'no edge was expected to answer it\n'
  return table(
    progressColumns,
    edges.map((edge) => [
      edge.edgeId,
      reached(edge.publishedMs, edge.stage !== 'committed'),
      reached(edge.appliedMs, edge.stage === 'applied' || edge.stage === 'answered'),
      reached(edge.answeredMs, edge.stage === 'answered'),
      remark(edge),
    ]),
  )
}

/** A change whose moment nobody told, as after a restart of the zone API, has been there all the same. */
function reached(ms: number | null, isReached: boolean): string {
  if (ms !== null) return formatAfter(ms)
  return isReached ? 'yes' : '-'
}

export function remark({ stage, mergedIntoVersion, late, disconnected, refusal, ...awaited }: EdgeJson): string {
  if (late && awaited.awaitedReason !== null) return `late at ${awaited.awaitedStep}: ${awaited.awaitedReason}`
  if (refusal !== '') return `refused: ${refusal}`
  if (mergedIntoVersion !== null) return `with version ${mergedIntoVersion}`
  if (stage === 'answered') return ''
  return disconnected ? 'not connected' : ''
}

/** All there is to say of a change. */
export function changeText(progress: ProgressJson): string {
  const { changeId, committedAt, principal, reason, effects, edges, stage } = progress
  const head = fields({
    change: changeId,
    committed: committedAt ?? undefined,
    by: principal,
    reason,
    stage,
    ...Object.fromEntries(effects.map((effect, i) => [i === 0 ? 'zone' : `zone ${i + 1}`, effectLine(effect)])),
    caches: committedAt === null ? undefined : cachesText(effects, Date.parse(committedAt)),
  })
  return `${head}\n${progressTable(edges)}`
}

/** A line for each step that an edge has newly taken. */
export function progressLines(edge: EdgeJson, before: EdgeJson | undefined): string[] {
  const steps = [
    ['published', edge.publishedMs, before?.publishedMs ?? null],
    ['applied', edge.appliedMs, before?.appliedMs ?? null],
    ['answered', edge.answeredMs, before?.answeredMs ?? null],
  ] as const
  const lines = steps
    .filter(([, ms, known]) => ms !== null && known === null)
    .map(([step, ms]) => `${edge.edgeId} ${step} ${formatAfter(ms as number)}`)
  const note = remark(edge)
  const last = lines.at(-1)
  if (note !== '' && (before === undefined || note !== remark(before))) {
    if (last === undefined) return [`${edge.edgeId} ${edge.stage}: ${note}`]
    lines[lines.length - 1] = `${last}: ${note}`
  } else if (lines.length === 0 && edge.stage !== before?.stage) {
    lines.push(`${edge.edgeId} ${edge.stage}`)
  }
  return lines
}

/** Who has not answered, at which step, and why. */
export function silentEdges(edges: readonly EdgeJson[], waitedMs: number): string[] {
  return edges
    .filter(({ stage }) => stage !== 'answered')
    .map(({ edgeId, stage, awaitedStep, awaitedReason, lastHeardAt }) => {
      const step = awaitedStep === null ? `so far ${stage}` : `step ${awaitedStep}: ${awaitedReason}`
      return `${edgeId} does not answer it after ${formatMs(waitedMs)}, ${step}${lastHeardAt === null ? '' : ` (last heard ${lastHeardAt})`}`
    })
}
