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
  /** The step that it has still to take, and why it has not; empty when it answers. */
  readonly awaitedStep: '' | 'release' | 'apply' | 'answer'
  readonly awaitedReason: string
  readonly lastHeardAt: number | undefined
}

/** An edge that does not answer a change after this time is late; one that was not heard for as long is silent. */
const lateMs = 5_000

/** A change is only as far as its slowest zone. */
export function edgeAt(
  edgeId: string,
  parts: readonly ChangeAtEdge[],
  { committedAtMs, nowMs }: { committedAtMs: number; nowMs: number },
): EdgeAtChange {
  const stage = lowest(parts.map((part) => part.stage))
  const heard = Math.max(...parts.map(({ lastHeardAt }) => lastHeardAt ?? 0))
  const disconnected = !parts.some(({ connected }) => connected)
  const isLate = stage !== 'answered' && nowMs - committedAtMs > lateMs
  const isSilent = isLate && nowMs - Math.max(committedAtMs, heard) > lateMs
  return {
    edgeId,
    stage,
    publishedAt: latest(parts.map(({ publishedAt }) => publishedAt)),
    appliedAt: latest(parts.map(({ appliedAt }) => appliedAt)),
    answeredAt: latest(parts.map(({ answeredAt }) => answeredAt)),
    mergedIntoVersion: parts.reduce((merged, part) => (part.mergedIntoVersion > merged ? part.mergedIntoVersion : merged), 0n),
    late: isLate,
    disconnected,
    refusal: parts.find(({ refusal }) => refusal !== '')?.refusal ?? '',
    awaitedStep: awaited[stage],
    awaitedReason: reasonOf(stage, parts, { disconnected, isSilent, isLate }),
    lastHeardAt: heard > 0 ? heard : undefined,
  }
}

const awaited = { committed: 'release', published: 'apply', applied: 'answer', answered: '' } as const

const plainReasons: Readonly<Record<Stage, string>> = {
  committed: 'no publisher has sent it yet',
  published: 'it has not applied it yet',
  applied: 'its DNS server does not answer it yet',
  answered: '',
}

/** Why it is no further, the plainest cause first. */
function reasonOf(
  stage: Stage,
  parts: readonly ChangeAtEdge[],
  { disconnected, isSilent, isLate }: Readonly<Record<'disconnected' | 'isSilent' | 'isLate', boolean>>,
): string {
  if (stage === 'answered') return ''
  const refusal = parts.find((part) => part.refusal !== '')?.refusal
  if (refusal) return `it refuses the zone: ${refusal}`
  const ahead = isLate && parts.find((part) => part.ahead !== undefined)?.ahead
  if (ahead) return `it holds version ${ahead}, which was never committed: zonectl edge reset takes it back`
  if (disconnected) return 'it is connected to no publisher'
  if (isSilent) return 'it has fallen silent'
  if (parts.some(({ transferring }) => transferring)) return 'it is fetching the zone'
  return plainReasons[stage]
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
