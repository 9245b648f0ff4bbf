/** Bodies of answers: kept ones, and those that are rendered. */
import type { Name, Question } from '@zonecast/dns'
import type { ZoneView } from '@zonecast/zone'
import type { AnswerCache } from './answer-cache.ts'
import { renderBody, zoneFor, type Body } from './body.ts'

export interface BodySource {
  /** The zone with the longest apex at or above a name. */
  readonly enclosing: (name: Name) => ZoneView | undefined
  readonly cache?: AnswerCache | undefined
}

/** Renders the body for a question whose name is in lower case, and offers it to the cache; undefined where no zone is ours. */
export function freshBody(
  { enclosing, cache }: BodySource,
  question: Question,
  doBit: boolean,
  maxBytes: number,
): Body | undefined {
  const begun = cache?.begin() ?? 0
  const view = zoneFor(question, enclosing)
  if (view === undefined) return undefined
  const body = renderBody(view, question, doBit, maxBytes)
  cache?.keep(question, doBit, maxBytes, body, view.apex, begun)
  return body
}
