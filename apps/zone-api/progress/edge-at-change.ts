/** One change at one edge, over all zones of the change. */
import type { ChangeAtEdge } from '@zonecast/sync'

export const stages = ['committed', 'published', 'applied', 'answered'] as const
export type Stage = (typeof stages)[number]

export interface EdgeAtChange {
  readonly edgeId: string
  readonly stage: Stage
  /** Unix milliseconds. */
  readonly publishedAt: number | undefined
  readonly appliedAt: number | undefined
  readonly answeredAt: number | undefined
  readonly mergedIntoVersion: bigint
  readonly late: boolean
  readonly disconnected: boolean
  readonly refusal: string
}

/** An edge that was silent for this long, and does not answer the change yet, is late. */
const silentMs = 5_000

/** A change is only as far as its slowest zone. */
export function edgeAt(
  edgeId: string,
  parts: readonly ChangeAtEdge[],
  { committedAtMs, nowMs }: { committedAtMs: number; nowMs: number },
): EdgeAtChange {
  const stage = lowest(parts.map((part) => part.stage))
  const lastHeard = Math.max(committedAtMs, ...parts.map(({ lastHeardAt }) => lastHeardAt ?? 0))
  return {
    edgeId,
    stage,
    publishedAt: latest(parts.map(({ publishedAt }) => publishedAt)),
    appliedAt: latest(parts.map(({ appliedAt }) => appliedAt)),
    answeredAt: latest(parts.map(({ answeredAt }) => answeredAt)),
    mergedIntoVersion: parts.reduce((merged, part) => (part.mergedIntoVersion > merged ? part.mergedIntoVersion : merged), 0n),
    late: stage !== 'answered' && nowMs - lastHeard > silentMs,
    disconnected: !parts.some(({ connected }) => connected),
    refusal: parts.find(({ refusal }) => refusal !== '')?.refusal ?? '',
  }
}

/** The lowest of the stages; committed when there are none. */
export function lowest(reached: readonly Stage[]): Stage {
  return reached.length === 0 ? 'committed' : stages[Math.min(...reached.map((stage) => stages.indexOf(stage)))]!
}

/** The last of the times; undefined while one is missing. */
function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === times.length && known.length > 0 ? Math.max(...known) : undefined
}
