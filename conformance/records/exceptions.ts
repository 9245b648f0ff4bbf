/** Where a judge and we part, and why: the one table of it. */
import { readFileSync } from 'node:fs'
import type { Case } from './corpus.ts'
import type { JudgeName } from './judges.ts'

/**
 * `unknown`: the judge does not know the thing, and so has no say. `strict`: it refuses what it knows and we read. `lenient`: it
 * takes what we refuse. `differs`: it reads other records out of the text. `generic`: it gets the form of RFC 3597 wrong.
 */
export interface Exception {
  readonly judge: JudgeName
  readonly kind: 'unknown' | 'strict' | 'lenient' | 'differs' | 'generic'
  readonly reason: string
  /** Ids of cases, or types all of whose cases are meant. */
  readonly cases?: readonly string[]
  readonly types?: readonly string[]
}

export const exceptions = JSON.parse(readFileSync(new URL('./exceptions.json', import.meta.url), 'utf8')) as readonly Exception[]

/** The entry that covers a case for a judge. */
export function exceptionFor(judge: JudgeName, { id, type }: Case): Exception | undefined {
  return exceptions.find(
    (entry) =>
      entry.judge === judge &&
      entry.kind !== 'generic' &&
      (entry.cases?.includes(id) === true || (type !== undefined && entry.types?.includes(type) === true)),
  )
}
