/** Names of any kind, for laws. */
import * as fc from 'fast-check'
import { maxNameOctets, type Name } from './name.ts'

/** Letters in both cases and octets that need escapes are frequent, so that names meet in folding and in escaping. */
export const octet = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...Uint8Array.from('aAbBzZ09-_*', (character) => character.charCodeAt(0))) },
  fc.nat(255),
)
const label = fc.oneof(
  { weight: 9, arbitrary: fc.array(octet, { minLength: 1, maxLength: 4 }) },
  fc.array(octet, { minLength: 60, maxLength: 63 }),
)

/** A name of any length and any octets. */
export const anyName: fc.Arbitrary<Name> = fc.array(label, { maxLength: 6 }).map((labels) => {
  const name: number[] = []
  for (const octets of labels) if (name.length + 1 + octets.length < maxNameOctets) name.push(octets.length, ...octets)
  return Uint8Array.from([...name, 0])
})
