/** Cursors see what stands in the pages. */
import assert from 'node:assert/strict'
import { compareNames, decodeRR, encodeRR, formatName, isAtOrBelow, type Name, parseName, TYPE } from '@zonecast/dns'
import { arbContent, arbName } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { storedKey } from './key.ts'
import { buildPages } from './page-build.ts'
import { arrayReader, hasBelow, lastOwner, nextOwner, previousOwner, rrsAt, rrsetAt, walkPages, walkRRs } from './reader.ts'
import { hexes } from './test-pages.ts'

const origin = parseName('example.')

function ownersOf(rrs: Uint8Array[], space: number): Name[] {
  return rrs.filter((stored) => storedKey(stored)[0] === space).map((stored) => decodeRR(stored).owner)
}

test('owners, RRs and neighbours are those of a plain list', () => {
  fc.assert(
    fc.property(
      arbContent(),
      arbName(origin),
      fc.nat(),
      fc.constantFrom(0, 1) as fc.Arbitrary<0 | 1>,
      (rrs, other, pick, space) => {
        const reader = arrayReader([...buildPages(rrs)])
        const name = rrs.length > 0 && pick % 2 === 0 ? decodeRR(rrs[pick % rrs.length]!).owner : other
        const owners = ownersOf(rrs, space)
        const text = (found: Name | undefined) => found && formatName(found).toLowerCase()
        assert.equal(text(nextOwner(reader, name, space)), text(owners.find((owner) => compareNames(owner, name) > 0)))
        assert.equal(text(previousOwner(reader, name, space)), text(owners.findLast((owner) => compareNames(owner, name) < 0)))
        assert.equal(text(lastOwner(reader, space)), text(owners.at(-1)))
        const below = owners.some((owner) => isAtOrBelow(owner, name) && compareNames(owner, name) !== 0)
        assert.equal(hasBelow(reader, name, space), below)
        const here = rrs.filter((stored) => storedKey(stored)[0] === space && compareNames(decodeRR(stored).owner, name) === 0)
        assert.deepEqual(hexes(rrsAt(reader, name, space)), hexes(here))
      },
    ),
    { numRuns: 300 },
  )
})

test('a walk from any key gives what stands from there on', () => {
  fc.assert(
    fc.property(arbContent(), arbContent(undefined, 3), (rrs, others) => {
      const reader = arrayReader([...buildPages(rrs)])
      for (const key of [...rrs, ...others].map((stored) => storedKey(stored))) {
        const rest = rrs.filter((stored) => Buffer.compare(storedKey(stored), key) >= 0)
        assert.deepEqual(hexes(walkRRs(reader, key)), hexes(rest))
      }
    }),
    { numRuns: 25 },
  )
})

test('an RRset is found by owner and type, in whichever space it stands', () => {
  const rr = (type: number, ...rdata: number[]) =>
    encodeRR({ owner: parseName('A.example.'), type, ttl: 0, rdata: Uint8Array.from(rdata) })
  const covering = (type: number) => rr(TYPE.RRSIG, 0, type, 9)
  const rrs = [rr(TYPE.A, 1, 2, 3, 4), rr(TYPE.A, 1, 2, 3, 5), covering(TYPE.A), rr(TYPE.NSEC3, 1), covering(TYPE.NSEC3)]
  const pages = [
    ...buildPages(
      [rrs[0]!, rrs[1]!, rrs[2]!, covering(TYPE.NSEC3), rrs[3]!].toSorted((a, b) => Buffer.compare(storedKey(a), storedKey(b))),
    ),
  ]
  const reader = arrayReader(pages)
  const count = (type: number) => rrsetAt(reader, parseName('a.EXAMPLE.'), type).length
  assert.deepEqual([TYPE.A, TYPE.NSEC3, TYPE.RRSIG, TYPE.TXT].map(count), [2, 1, 2, 0])
  assert.deepEqual([...walkPages(reader)], pages)
})

test('a zone without pages has nothing', () => {
  const reader = arrayReader([])
  assert.deepEqual([...walkRRs(reader)], [])
  assert.deepEqual([...walkPages(reader)], [])
  assert.equal(previousOwner(reader, origin), undefined)
  assert.equal(lastOwner(reader), undefined)
})
