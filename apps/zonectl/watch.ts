/** Following a change: what is known of it, each time more is. */
import { Code, ConnectError } from '@connectrpc/connect'
import {
  type ChangeRecord,
  ChangeStage,
  type EdgeProgressOfChange,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { backoff } from '@zonecast/runtime'
import { setTimeout as after } from 'node:timers/promises'
import type { Api } from './api.ts'
import { type EdgeJson, type ProgressJson, progressJson } from './output/json.ts'

export interface Moment {
  readonly progress: ProgressJson
  /** Edges that have moved since the moment before. */
  readonly moved: readonly EdgeJson[]
  /** True when every expected edge answers. */
  readonly done: boolean
}

export interface WatchOptions {
  readonly signal: AbortSignal
  /** Told once each time the zone API is away. */
  readonly onInterrupted?: (error: unknown) => void
}

/** Ends when every expected edge answers, or when the signal says so. While the zone API is away it is tried again. */
export async function* watchChange(api: Api, changeId: string, { signal, onInterrupted }: WatchOptions): AsyncGenerator<Moment> {
  const known = new Known()
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      for await (const { change, edges, stage, done } of api.changes.watchChange({ changeId }, { signal })) {
        attempt = 0
        const moment = known.take(change, edges, stage, done)
        if (moment) yield moment
        if (done) return
      }
    } catch (error) {
      if (signal.aborted) return
      // The first answer decides whether there is such a change, and such a server.
      if (!known.hasChange || !isPassing(error)) throw error
      if (attempt === 0) onInterrupted?.(error)
    }
    await after(backoff(attempt, { baseMs: 200, maxMs: 2_000 }), undefined, { signal }).catch(() => {})
  }
}

function isPassing(error: unknown): boolean {
  const passing = [Code.Unavailable, Code.Canceled, Code.Aborted, Code.Unknown]
  return error instanceof ConnectError && passing.includes(error.code)
}

/** What was answered stays so, also where a zone API that has just started has not heard of it yet. */
function answeredOf(edge: EdgeProgressOfChange | undefined): EdgeProgressOfChange | undefined {
  return edge?.stage === ChangeStage.ANSWERED ? edge : undefined
}

class Known {
  #change: ChangeRecord | undefined
  readonly #edges = new Map<string, EdgeProgressOfChange>()

  get hasChange(): boolean {
    return this.#change !== undefined
  }

  take(
    change: ChangeRecord | undefined,
    edges: readonly EdgeProgressOfChange[],
    stage: ChangeStage,
    done: boolean,
  ): Moment | undefined {
    const before = new Map(this.#edges)
    // With the change come all its edges: one that nobody waits for any more is not among them.
    if (change) this.#edges.clear()
    this.#change = change ?? this.#change
    if (!this.#change) return undefined
    for (const edge of edges) this.#edges.set(edge.edgeId, answeredOf(before.get(edge.edgeId)) ?? edge)
    const progress = progressJson(this.#change, stage, [...this.#edges.values()])
    const ids = new Set(edges.map(({ edgeId }) => edgeId))
    return { progress, moved: progress.edges.filter(({ edgeId }) => ids.has(edgeId)), done }
  }
}
