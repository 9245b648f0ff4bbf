/** Stretches of events that meet are one. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { stretch } from './stretch.ts'

const of = (after: number, to: number) => ({ after: BigInt(after), to: BigInt(to) })

for (const { name, before, next, together } of [
  { name: 'the first is what it is', before: undefined, next: of(3, 5), together: of(3, 5) },
  { name: 'one behind the other', before: of(3, 5), next: of(5, 6), together: of(3, 6) },
  { name: 'one that does not say what it follows', before: of(3, 5), next: of(0, 6), together: of(0, 6) },
  { name: 'a hole between leaves the later', before: of(3, 5), next: of(7, 8), together: of(7, 8) },
  { name: 'an old one again changes nothing', before: of(3, 8), next: of(4, 5), together: of(3, 8) },
  { name: 'an old one from before the hole changes nothing', before: of(7, 8), next: of(3, 5), together: of(7, 8) },
  { name: 'the missing one closes the hole', before: of(7, 8), next: of(5, 7), together: of(5, 8) },
])
  test(`stretch: ${name}`, () => assert.deepEqual(stretch(before, next), together))
