/** Synchronous code over pages that are loaded on demand. */
import assert from 'node:assert/strict'
import { arbContentPair } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { applyDelta, editPages } from './apply-delta.ts'
import { diffSorted } from './delta.ts'
import { buildPages } from './page-build.ts'
import { PageCache, withPages } from './page-cache.ts'
import { arrayReader, PageMissing, walkRRs } from './reader.ts'
import { hexes } from './test-pages.ts'

const hex = (key: Uint8Array) => Buffer.from(key).toString('hex')

test('planning over a cache gives what planning over all pages gives', async () => {
  await fc.assert(
    fc.asyncProperty(arbContentPair(), async ([a, b]) => {
      const pages = [...buildPages(a)]
      const stored = new Map(pages.map(({ key, content }) => [hex(key), content]))
      const cache = new PageCache(pages.map(({ key }) => key))
      const delta = diffSorted(a, b)
      const loads: string[] = []
      const load = (key: Uint8Array) => {
        loads.push(hex(key))
        return Promise.resolve(stored.get(hex(key))!)
      }
      const edits = await withPages(load, cache, (reader) => applyDelta(reader, delta))
      assert.deepEqual(edits, applyDelta(arrayReader(pages), delta))
      assert.equal(new Set(loads).size, loads.length)
      cache.apply(edits)
      const after = editPages(pages, edits)
      assert.deepEqual(
        [...cache.directory].map(hex),
        after.map(({ key }) => hex(key)),
      )
      for (const page of after) cache.load(page)
      assert.deepEqual(hexes(walkRRs(cache)), hexes(b))
    }),
  )
})

test('a page that is not at hand is asked for by its key', () => {
  const cache = new PageCache([Uint8Array.of(0), Uint8Array.of(0, 9)])
  assert.throws(
    () => cache.at(Uint8Array.of(0, 9, 9)),
    (error) => error instanceof PageMissing && hex(error.key) === '0009',
  )
  assert.equal(cache.at(Uint8Array.of(1)), undefined)
})

test('what goes wrong in the code or in loading is passed on', async () => {
  const cache = new PageCache([Uint8Array.of(0)])
  const lost = () => Promise.reject(new Error('lost'))
  await assert.rejects(
    withPages(lost, cache, (reader) => reader.at(Uint8Array.of(0))),
    /lost/,
  )
  await assert.rejects(
    withPages(lost, cache, () => {
      throw new Error('mistake')
    }),
    /mistake/,
  )
})
