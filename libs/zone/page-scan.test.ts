/** Broken pages are refused, and never loop. */
import assert from 'node:assert/strict'
import { encodeRR, parseName, WireError } from '@zonecast/dns'
import { arbContent } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { compareStored } from './order.ts'
import { buildPages } from './page-build.ts'
import { type PageRef, pageCount, rrsOf } from './page.ts'
import { PageError, scanPage } from './page-scan.ts'
import { checkPages, hexes } from './test-pages.ts'

const a = (owner: string, ...address: number[]) =>
  encodeRR({ owner: parseName(owner), type: 1, ttl: 60, rdata: Uint8Array.from(address) })
const pageOf = (...rrs: Uint8Array[]) => [...buildPages(rrs)][0]!.content
const good = pageOf(a('a.', 1, 2, 3, 4), a('b.', 1, 2, 3, 4))
const patched = (...patches: [at: number, octet: number][]) => {
  const page = good.slice()
  for (const [at, octet] of patches) page[at] = octet
  return page
}
const firstRR = 8

for (const { name, page, message } of [
  { name: 'is empty', page: new Uint8Array(), message: /ends in its head/ },
  { name: 'has another format', page: patched([0, 2]), message: /format 2/ },
  { name: 'is of another space', page: patched([1, 1]), message: /not of space 0/ },
  { name: 'has no RRs', page: patched([2, 0], [3, 0]), message: /no RRs/ },
  { name: 'counts more than it holds', page: patched([2, 255]), message: /offset index/ },
  { name: 'has an offset that does not fit', page: patched([7, 30]), message: /offset index/ },
  { name: 'has its first offset elsewhere', page: patched([5, 9]), message: /offset index/ },
  { name: 'has a pointer in a name', page: patched([firstRR, 0xc0]), message: /label/ },
  { name: 'has a name past the end', page: good.subarray(0, firstRR + 1), message: /runs past the end/ },
  { name: 'ends in an RR', page: good.subarray(0, firstRR + 5), message: /runs past the end/ },
  { name: 'ends in RDATA', page: good.subarray(0, good.length - 1), message: /RDATA runs past/ },
  { name: 'goes on', page: Uint8Array.from([...good, 0]), message: /goes on/ },
  { name: 'has class CH', page: patched([firstRR + 6, 3]), message: /class IN/ },
  { name: 'has a TTL of 2³¹', page: patched([firstRR + 7, 0x80]), message: /TTL/ },
  { name: 'has RRs out of order', page: patched([firstRR + 1, 0x63]), message: /ascending/ },
  { name: 'has an RR twice, but for case', page: patched([firstRR + 1, 0x42]), message: /ascending/ },
  { name: 'has an NSEC3 in space 0', page: patched([firstRR + 4, 50]), message: /wrong space/ },
]) {
  test(`a page that ${name} is refused`, () => {
    assert.throws(
      () => scanPage(page, { key: Uint8Array.of(0) }),
      (error) => error instanceof PageError && message.test(error.message),
    )
  })
}

test('RRs outside the range are refused', () => {
  const [, second] = [...Array(2).keys()].map((i) => Uint8Array.of(0, 0x61 + i, 0, 0))
  scanPage(good, { key: Uint8Array.of(0), next: Uint8Array.of(0, 0x63) })
  assert.throws(() => scanPage(good, { key: second! }), /before the range/)
  assert.throws(() => scanPage(good, { key: Uint8Array.of(0), next: second }), /after the range/)
  assert.throws(() => scanPage(good, { key: Uint8Array.of(0), next: Uint8Array.of(0) }), /range of the page is empty/)
})

test('a page of more than 16 000 octets is refused where a key could part it', () => {
  const rrs = [7_900, 8_100].map((length, i) =>
    encodeRR({ owner: parseName('a.'), type: 65_280, ttl: 0, rdata: new Uint8Array(length).fill(i) }),
  )
  const head = Uint8Array.of(1, 0, 0, 2, 0, 8, (8 + rrs[0]!.length) >>> 8, (8 + rrs[0]!.length) & 255)
  assert.throws(() => scanPage(Buffer.concat([head, ...rrs]), { key: Uint8Array.of(0) }), /more than 16000 octets/)
})

/** Scans, and where the scan finds nothing wrong, holds the page to what a good page is. */
function judge(page: Uint8Array, { key }: PageRef, next: Uint8Array | undefined): void {
  try {
    scanPage(page, { key, next })
  } catch (error) {
    assert.ok(error instanceof WireError, String(error))
    return
  }
  const rrs = rrsOf(page)
  assert.equal(rrs.length, pageCount(page))
  assert.ok(rrs.every((stored, i) => i === 0 || compareStored(rrs[i - 1]!, stored) < 0))
  const rebuilt = [...buildPages(rrs)]
  checkPages(rebuilt)
  assert.deepEqual(hexes(rebuilt.map(({ content }) => content)), hexes([page]))
}

const arbPages = arbContent()
  .filter((rrs) => rrs.length > 0)
  .map((rrs) => [...buildPages(rrs)])

test('whatever octets change, a page is a good page or refused', () => {
  const patches = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(arbPages, fc.nat(), patches, fc.boolean(), (pages, pick, changes, early) => {
      const index = pick % pages.length
      const page = pages[index]!.content.slice()
      // Half of the changes aim at head, offsets and the first RR, where they do most.
      for (const [at, octet] of changes) page[at % (early ? Math.min(page.length, 60) : page.length)] = octet
      judge(page, pages[index]!, pages[index + 1]?.key)
    }),
    { numRuns: 300 },
  )
})

test('wherever a page is cut, lengthened or shifted, it is a good page or refused', () => {
  fc.assert(
    fc.property(arbPages, fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 8 }), (pages, pick, at, inserted) => {
      const index = pick % pages.length
      const { content } = pages[index]!
      const cut = at % (content.length + 1)
      judge(content.subarray(0, cut), pages[index]!, pages[index + 1]?.key)
      judge(Buffer.concat([content.subarray(0, cut), inserted, content.subarray(cut)]), pages[index]!, pages[index + 1]?.key)
    }),
    { numRuns: 300 },
  )
})

test('random octets are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) =>
      judge(octets, { key: Uint8Array.of(0), content: octets }, undefined),
    ),
    { numRuns: 500 },
  )
})
