/** Canonical order of names (RFC 4034 §6.1). */
import { fold, type Name } from './name.ts'

const startsOfA = new Uint8Array(128)
const startsOfB = new Uint8Array(128)

function labelStarts(name: Name, starts: Uint8Array): number {
  let count = 0
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) starts[count++] = at
  return count
}

/** Canonical order (RFC 4034 §6.1): labels from the root down, as folded octet strings; an ancestor comes first. */
export function compareNames(a: Name, b: Name): number {
  let left = labelStarts(a, startsOfA)
  let right = labelStarts(b, startsOfB)
  while (left > 0 && right > 0) {
    const difference = compareLabels(a, startsOfA[--left]!, b, startsOfB[--right]!)
    if (difference !== 0) return difference
  }
  return left - right
}

function compareLabels(a: Name, startOfA: number, b: Name, startOfB: number): number {
  const lengthOfA = a[startOfA]!
  const lengthOfB = b[startOfB]!
  const shared = lengthOfA < lengthOfB ? lengthOfA : lengthOfB
  for (let i = 1; i <= shared; i++) {
    const x = a[startOfA + i]!
    const y = b[startOfB + i]!
    if (x !== y) {
      const difference = fold(x) - fold(y)
      if (difference !== 0) return difference
    }
  }
  return lengthOfA - lengthOfB
}
