/** Pages hold what was put into them. */
import assert from 'node:assert/strict'
import { encodeRR, parseName } from '@zonecast/dns'
import { arbContent, generateZone } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { storedKey } from './key.ts'
import { buildPages } from './page-build.ts'
import { find, maxPageOctets, packedRRs, pageCount, rrAt, rrBounds, rrsOf } from './page.ts'
import { arrayReader, walkRRs } from './reader.ts'
import { checkPages, hexes } from './test-pages.ts'

test('build, scan and walk give the RRs back', () => {
  fc.assert(
    fc.property(arbContent(), (rrs) => {
      const pages = [...buildPages(rrs)]
      checkPages(pages)
      assert.deepEqual(hexes(walkRRs(arrayReader(pages))), hexes(rrs))
      assert.deepEqual(Buffer.concat(pages.map(({ content }) => packedRRs(content))), Buffer.concat(rrs))
    }),
  )
})

test('find gives the first RR not before a key', () => {
  fc.assert(
    fc.property(arbContent(), arbContent(undefined, 10), (rrs, others) => {
      for (const { content } of buildPages(rrs)) {
        for (const key of [...rrs, ...others].map((stored) => storedKey(stored))) {
          const expected = rrsOf(content).findIndex((stored) => Buffer.compare(storedKey(stored), key) >= 0)
          assert.equal(find(content, key), expected === -1 ? pageCount(content) : expected)
        }
      }
    }),
    { numRuns: 30 },
  )
})

test('a large zone fills its pages', () => {
  const { rrs } = generateZone('example.com', 20_000)
  const pages = [...buildPages(rrs)]
  checkPages(pages)
  assert.deepEqual(hexes(walkRRs(arrayReader(pages))), hexes(rrs))
  const octets = rrs.reduce((sum, stored) => sum + stored.length, 0)
  assert.ok(pages.length < (octets / maxPageOctets) * 1.06)
  const [start, end] = rrBounds(pages[1]!.content, 3)
  assert.deepEqual(rrAt(pages[1]!.content, 3), pages[1]!.content.subarray(start, end))
})

const text = (rdata: Uint8Array, owner = 'a.example.') => encodeRR({ owner: parseName(owner), type: 65_280, ttl: 0, rdata })
const filled = (length: number, ...tail: number[]) => Uint8Array.from([...new Uint8Array(length).fill(7), ...tail])

test('an RR larger than a page has a page of its own', () => {
  const pages = [...buildPages([text(filled(3)), text(filled(60_000), 'b.example.'), text(filled(3), 'c.example.')])]
  checkPages(pages)
  assert.deepEqual(
    pages.map(({ content }) => pageCount(content)),
    [1, 1, 1],
  )
})

test('RRs with the same 512 octets of canonical RDATA stay in one page, those around them do not', () => {
  const group = Array.from({ length: 30 }, (_, i) => text(filled(1_000, i)))
  const small = Array.from({ length: 250 }, (_, i) => text(Uint8Array.of(1, i >>> 8, i, ...filled(30))))
  const after = text(Uint8Array.of(9))
  const pages = [...buildPages([...small, ...group, after])]
  checkPages(pages)
  const sizes = pages.map(({ content }) => pageCount(content))
  assert.deepEqual(sizes, [250, 30, 1])
})

test('RRs out of order or twice are refused', () => {
  const [a, b] = [text(Uint8Array.of(1)), text(Uint8Array.of(2))]
  assert.throws(() => [...buildPages([b, a])], /canonical order/)
  assert.throws(() => [...buildPages([a, a])], /canonical order/)
})

test('an RRset that no page can hold is refused', () => {
  const rrs = Array.from({ length: 70 }, (_, i) => text(filled(1_000, i)))
  assert.throws(() => [...buildPages(rrs)], /too large for a page/)
})

test('nothing gives no pages', () => assert.deepEqual([...buildPages([])], []))
