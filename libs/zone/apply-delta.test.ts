/** Applying deltas to pages ends on the right RRs and keeps pages as they have to be. */
import assert from 'node:assert/strict'
import { decodeRR, encodeRR, parseName } from '@zonecast/dns'
import { arbContent, arbContentPair, arbRR, compareSample, generateZone, sortedUnique } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { applyDelta, editPages, minPageOctets } from './apply-delta.ts'
import { DeltaError, diffSorted, emptyDelta, invertDelta, packRRs } from './delta.ts'
import { buildPages } from './page-build.ts'
import type { PageRef } from './page.ts'
import { arrayReader, walkRRs } from './reader.ts'
import { checkPages, hexes } from './test-pages.ts'

function rrsIn(pages: PageRef[]): Uint8Array[] {
  return [...walkRRs(arrayReader(pages))]
}

function edited(pages: PageRef[], delta: Parameters<typeof applyDelta>[1]): PageRef[] {
  const edits = applyDelta(arrayReader(pages), delta)
  const had = new Set(pages.map(({ key }) => Buffer.from(key).toString('hex')))
  const put = edits.puts.map(({ key }) => Buffer.from(key).toString('hex'))
  assert.deepEqual(put, [...new Set(put)].toSorted(), 'each page is put once, in key order')
  const deleted = edits.deletes.map((key) => Buffer.from(key).toString('hex'))
  assert.ok(
    deleted.every((key) => had.has(key) && !put.includes(key)),
    'only pages that were there go',
  )
  const result = editPages(pages, edits)
  checkPages(result)
  return result
}

test('apply(diff(a, b), a) is b, and back again', () => {
  fc.assert(
    fc.property(arbContentPair(undefined, 100), ([a, b]) => {
      const pages = [...buildPages(a)]
      const delta = diffSorted(a, b)
      const after = edited(pages, delta)
      assert.deepEqual(hexes(rrsIn(after)), hexes(b))
      assert.deepEqual(hexes(rrsIn(edited(after, invertDelta(delta)))), hexes(a))
    }),
    { numRuns: 150 },
  )
})

test('whatever deltas come one after the other, pages stay as they have to be', () => {
  const step = fc.tuple(
    fc.array(arbRR().map(encodeRR), { maxLength: 25, size: 'max' }),
    fc.array(fc.nat(), { maxLength: 25, size: 'max' }),
  )
  fc.assert(
    fc.property(arbContent(), fc.array(step, { maxLength: 8 }), (start, steps) => {
      let rrs = start
      let pages = [...buildPages(rrs)]
      for (const [added, removals] of steps) {
        const doomed = new Set(removals.map((pick) => pick % Math.max(1, rrs.length)))
        const next = sortedUnique([...added, ...rrs.filter((_, i) => !doomed.has(i))])
        pages = edited(pages, diffSorted(rrs, next))
        rrs = next
        assert.deepEqual(hexes(rrsIn(pages)), hexes(rrs))
      }
      pages = edited(pages, diffSorted(rrs, []))
      assert.deepEqual(pages, [])
    }),
    { numRuns: 80 },
  )
})

const zone = generateZone('example.com', 5_000)

test('one RR touches one page', () => {
  const pages = [...buildPages(zone.rrs)]
  const old = zone.rrs[2_500]!
  const changed = encodeRR({ ...decodeRR(old), ttl: 77 })
  const edits = applyDelta(arrayReader(pages), { removed: old, added: changed })
  assert.deepEqual([edits.puts.length, edits.deletes.length], [1, 0])
})

test('a page that overflows is split into even halves', () => {
  const pages = [...buildPages(zone.rrs)]
  const added = encodeRR({ owner: parseName('h1-new.example.com.'), type: 65_280, ttl: 0, rdata: new Uint8Array(500) })
  const { puts } = applyDelta(arrayReader(pages), { removed: new Uint8Array(), added })
  assert.equal(puts.length, 2)
  assert.ok(puts.every(({ content }) => content.length > 7_000 && content.length < 10_000))
})

test('a delta larger than a page splits it n ways', () => {
  const [few, all] = [zone.rrs.slice(0, 10), zone.rrs]
  const pages = edited([...buildPages(few)], diffSorted(few, all))
  assert.deepEqual(hexes(rrsIn(pages)), hexes(all))
  assert.ok(pages.length <= [...buildPages(all)].length + 1)
})

test('pages do not stay small when RRs go one at a time', () => {
  let rrs = zone.rrs.slice(0, 1_000)
  let pages = [...buildPages(rrs)]
  for (let i = 0; rrs.length > 20; i++) {
    const index = (i * 7_919) % rrs.length
    pages = edited(pages, { removed: rrs[index]!, added: new Uint8Array() })
    rrs = rrs.toSpliced(index, 1)
    assert.ok(pages.length === 1 || pages.every(({ content }) => content.length >= minPageOctets / 2))
  }
  assert.deepEqual(hexes(rrsIn(pages)), hexes(rrs))
  assert.equal(pages.length, 1)
})

test('the last page of a space is joined with the one before when it becomes small', () => {
  let rrs = zone.rrs.slice(0, 900)
  let pages = [...buildPages(rrs)]
  for (; pages.length > 1; rrs = rrs.slice(0, -1)) {
    pages = edited(pages, { removed: rrs.at(-1)!, added: new Uint8Array() })
    assert.ok(pages.at(-1)!.content.length >= minPageOctets)
  }
  assert.ok(rrs.length > 100)
})

test('a space that loses its last RR has no pages, and the first bound stays', () => {
  const rrs = zone.rrs.slice(0, 900)
  const pages = [...buildPages(rrs)]
  assert.deepEqual(edited(pages, { removed: packRRs(rrs), added: new Uint8Array() }), [])
  const rest = edited(pages, { removed: packRRs(rrs.slice(0, 600)), added: new Uint8Array() })
  assert.deepEqual(rest[0]!.key, Uint8Array.of(0))
})

test('an empty delta edits nothing', () => {
  assert.deepEqual(applyDelta(arrayReader([...buildPages(zone.rrs)]), emptyDelta), { puts: [], deletes: [] })
})

const present = zone.rrs[100]!
const otherTtl = encodeRR({ ...decodeRR(present), ttl: 1 })
const otherCase = Uint8Array.from(present, (octet, i) => (i === 1 ? octet ^ 0x20 : octet))
const absent = encodeRR({ owner: parseName('absent.example.com.'), type: 1, ttl: 1, rdata: new Uint8Array(4) })
const none = new Uint8Array()

for (const { name, removed, added, message } of [
  { name: 'removes what is not there', removed: absent, added: none, message: /not there/ },
  { name: 'removes an RR with another TTL', removed: otherTtl, added: none, message: /not there/ },
  { name: 'removes an RR in another case', removed: otherCase, added: none, message: /not there/ },
  { name: 'adds what is there', removed: none, added: present, message: /is there/ },
  { name: 'adds what is there with another TTL', removed: none, added: otherTtl, message: /is there/ },
  { name: 'is out of order', removed: none, added: packRRs([absent, absent]), message: /canonical order/ },
]) {
  test(`a delta that ${name} is refused`, () => {
    const reader = arrayReader([...buildPages(zone.rrs)])
    assert.throws(
      () => applyDelta(reader, { removed, added }),
      (error) => error instanceof DeltaError && message.test(error.message),
    )
  })
}

test('a removal from a space without pages is refused', () => {
  assert.throws(() => applyDelta(arrayReader([]), { removed: absent, added: none }), DeltaError)
})

for (const { name, changed } of [
  { name: 'TTL', changed: otherTtl },
  { name: 'case', changed: otherCase },
]) {
  test(`a change of ${name} alone is a change`, () => {
    const delta = diffSorted([present], [changed])
    assert.deepEqual(delta, { removed: present, added: changed })
    assert.equal(compareSample(present, changed), 0)
    const after = rrsIn(edited([...buildPages([present])], delta))
    assert.deepEqual(hexes(after), hexes([changed]))
  })
}
