/** Steps as they cross from the database's thread: one array of octets, since many small ones cost more than what they hold. */
import type { Delta } from '@zonecast/zone'

export interface PackedSteps {
  /** What each step removed and added, one after the other. */
  readonly octets: Uint8Array
  /** Their lengths: removed, added, removed, … */
  readonly lengths: readonly number[]
}

export function packSteps(deltas: readonly Delta[]): PackedSteps {
  const parts = deltas.flatMap(({ removed, added }) => [removed, added])
  const lengths = parts.map(({ length }) => length)
  const octets = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    octets.set(part, at)
    at += part.length
  }
  return { octets, lengths }
}

/** The steps, as views. */
export function unpackSteps({ octets, lengths }: PackedSteps): Delta[] {
  const deltas: Delta[] = []
  let at = 0
  const next = (length: number) => octets.subarray(at, (at += length))
  for (let i = 0; i < lengths.length; i += 2) deltas.push({ removed: next(lengths[i]!), added: next(lengths[i + 1]!) })
  return deltas
}
