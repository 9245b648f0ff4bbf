/** The questions an edge asks itself to see that a change is answered. */
import { decodeRR, type Name, nameKey, scanRR, TYPE } from '@zonecast/dns'
import type { Delta } from '../types.ts'

export interface TouchedQuestion {
  readonly name: Name
  readonly type: number
}

/** Besides the SOA, so many touched RRsets are asked for. */
export const maxTouchedQuestions = 32

/** The SOA and the first RRsets that a delta touches, removed ones included: those must be gone. */
export function touchedQuestions(apex: Name, delta: Delta): TouchedQuestion[] {
  const questions: TouchedQuestion[] = [{ name: apex, type: TYPE.SOA }]
  const seen = new Set<string>()
  for (const bytes of [delta.added, delta.removed]) {
    for (let at = 0; at < bytes.length && questions.length <= maxTouchedQuestions; at = scanRR(bytes, at, bytes.length)) {
      const { owner, type } = decodeRR(bytes, at)
      // RRSIG and NSEC3 RRs are proofs; they are answered beside what they prove.
      if (type === TYPE.RRSIG || type === TYPE.NSEC3) continue
      const key = `${type} ${nameKey(owner)}`
      if (seen.has(key)) continue
      seen.add(key)
      questions.push({ name: owner.slice(), type })
    }
  }
  return questions
}
