/** Finds the lines that rules were broken in. */
import { NameError, nameKey, ownerEnd, parseName, typeAt, typeFromText } from '@zonecast/dns'
import type { LinedRR } from './rr-sorter.ts'

/**
 * For each subject of a violation, an owner name with or without a type, the last line that has to do with it: the one that made
 * the trouble, where lines are written one after the other. 0 where there is none.
 */
export function linesOf(subjects: readonly string[], rrs: Iterable<LinedRR>): number[] {
  const lines = subjects.map(() => 0)
  const wanted = new Map<string, { readonly index: number; readonly type: number | undefined }[]>()
  subjects.forEach((subject, index) => {
    const [owner = '', type] = subject.split(' ')
    const key = keyOf(owner)
    if (key === undefined) return
    const others = wanted.get(key) ?? []
    wanted.set(key, [...others, { index, type: type === undefined ? undefined : typeFromText(type) }])
  })
  if (wanted.size === 0) return lines
  for (const { stored, line } of rrs) {
    const end = ownerEnd(stored, 0)
    const found = wanted.get(nameKey(stored.subarray(0, end)))
    if (found === undefined) continue
    for (const { index, type } of found) {
      if (type === undefined || type === typeAt(stored, end)) lines[index] = Math.max(lines[index]!, line)
    }
  }
  return lines
}

function keyOf(owner: string): string | undefined {
  try {
    return nameKey(parseName(owner))
  } catch (error) {
    if (error instanceof NameError) return undefined
    throw error
  }
}
