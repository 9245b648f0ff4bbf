/** Deltas are packed, cut, joined and netted without loss. */
import assert from 'node:assert/strict'
import { encodeRR, WireError } from '@zonecast/dns'
import { arbContent, arbContentPair, arbRR, sortedUnique } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import {
  DeltaError,
  deltaBefore,
  deltaPieces,
  diffSorted,
  invertDelta,
  isEmptyDelta,
  joinPieces,
  packRRs,
  unpackRRs,
} from './delta.ts'
import { storedKey } from './key.ts'
import { netDeltas } from './net.ts'
import { hexes } from './test-pages.ts'

test('unpack(pack(rrs)) is rrs', () => {
  fc.assert(fc.property(arbContent(), (rrs) => assert.deepEqual(hexes(unpackRRs(packRRs(rrs))), hexes(rrs))))
})

test('packed bytes that end in an RR are malformed', () => {
  const packed = encodeRR({ owner: Uint8Array.of(0), type: 1, ttl: 0, rdata: new Uint8Array(4) })
  assert.throws(() => unpackRRs(packed.subarray(0, packed.length - 1)), WireError)
})

test('the pieces of a delta are whole RRs, no larger than they need be, and join to the delta', () => {
  fc.assert(
    fc.property(arbContentPair(), fc.integer({ min: 1, max: 20_000 }), ([a, b], maxOctets) => {
      const delta = diffSorted(a, b)
      const parts = [...deltaPieces(delta, maxOctets)]
      assert.deepEqual(joinPieces(parts), delta)
      assert.deepEqual(
        parts.map(({ last }) => last),
        parts.map((_, i) => i === parts.length - 1),
      )
      for (const { removed, added } of parts) {
        const count = unpackRRs(removed).length + unpackRRs(added).length
        assert.ok(removed.length + added.length <= maxOctets || count === 1)
        assert.ok(count > 0 || parts.length === 1)
      }
    }),
    { numRuns: 200 },
  )
})

test('the part of a delta before a key is that of the keys before it', () => {
  fc.assert(
    fc.property(arbContentPair(undefined, 30), arbRR().map(encodeRR), ([a, b], stored) => {
      const key = storedKey(stored)
      const before = (rrs: Uint8Array[]) => rrs.filter((rr) => Buffer.compare(storedKey(rr), key) < 0)
      assert.deepEqual(deltaBefore(diffSorted(a, b), key), diffSorted(before(a), before(b)))
    }),
  )
})

const arbHistory = fc.tuple(
  arbContent(undefined, 15),
  fc.array(fc.array(arbRR().map(encodeRR), { maxLength: 15 }), { maxLength: 6 }),
)

test('the net of deltas is the difference of their ends', () => {
  fc.assert(
    fc.property(arbHistory, fc.nat(), ([first, rest], salt) => {
      // Each version keeps some RRs of the one before, so that RRs come, go and come again.
      const versions = [first]
      for (const added of rest) {
        const kept = versions.flat().filter((_, i) => (i * 31 + salt + versions.length) % 3 === 0)
        versions.push(sortedUnique([...added, ...kept]))
      }
      const deltas = versions.slice(1).map((version, i) => diffSorted(versions[i]!, version))
      assert.deepEqual(netDeltas(deltas), diffSorted(versions[0]!, versions.at(-1)!))
    }),
    { numRuns: 300 },
  )
})

test('a delta and its inverse cancel out', () => {
  fc.assert(
    fc.property(arbContentPair(), ([a, b]) => {
      const delta = diffSorted(a, b)
      assert.ok(isEmptyDelta(netDeltas([delta, invertDelta(delta)])))
    }),
  )
})

test('deltas that do not follow each other are refused', () => {
  const rr = (ttl: number) => encodeRR({ owner: Uint8Array.of(0), type: 1, ttl, rdata: new Uint8Array(4) })
  const adding = diffSorted([], [rr(1)])
  assert.throws(() => netDeltas([adding, adding]), DeltaError)
  assert.throws(() => netDeltas([adding, diffSorted([rr(2)], [])]), DeltaError)
})
