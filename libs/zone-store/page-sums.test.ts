/** A sum that is worked out in a thread is the sum that is worked out here. */
import { strict as assert } from 'node:assert'
import { encodeRR, parseName, TYPE } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime'
import { buildPages, DigestSum, type PageRef } from '@zonecast/zone'
import { afterEach, test } from 'vitest'
import { PageSums } from './page-sums.ts'
import { WalkSum } from './walk-sum.ts'

const threads = new PageSums()
afterEach(() => threads.close())

/** Pages of so many addresses, in canonical order of their owners. */
function pagesOf(count: number): PageRef[] {
  const owner = (at: number) => parseName(`h${String(at).padStart(7, '0')}.example.`)
  const rr = (at: number) =>
    encodeRR({ owner: owner(at), type: TYPE.A, ttl: 60, rdata: Uint8Array.of(10, at >> 16, at >> 8, at) })
  return [...buildPages(Array.from({ length: count }, (_, at) => rr(at)))]
}

function sumHere(pages: readonly PageRef[]): Uint8Array {
  const sum = new DigestSum(sha256)
  for (const { content } of pages) sum.addPage(content)
  return sum.bytes()
}

test('sums come back in the order they were asked for, and leave the pages as they were', async () => {
  const pages = pagesOf(2_000)
  const parts = [pages.slice(0, 1), pages.slice(1, 3), pages.slice(3), []]
  const expected = parts.map(sumHere)
  const sums = await Promise.all(parts.map((part) => threads.sum(part.map(({ content }) => content))))
  assert.deepEqual(sums, expected)
  assert.deepEqual(parts.map(sumHere), expected)
})

test('a walk has one sum, whichever of its ranges went to the thread', async () => {
  const pages = pagesOf(60_000)
  const walk = new WalkSum(sha256, threads)
  let inThread = 0
  for (let at = 0; at < pages.length; at += 10) {
    const sum = walk.sum(pages.slice(at, at + 10))
    if (sum instanceof Promise) inThread++
    await walk.add(sum)
  }
  assert.ok(inThread > 5, `${inThread} ranges`)
  assert.deepEqual(await walk.total(), sumHere(pages))
})

test('a range whose pages were not written does not count', async () => {
  const pages = pagesOf(500)
  const walk = new WalkSum(sha256, threads)
  walk.sum(pages.slice(2))
  await walk.add(walk.sum(pages.slice(0, 2)))
  assert.deepEqual(await walk.total(), sumHere(pages.slice(0, 2)))
})

test('a walk whose sum was lost says so', async () => {
  const walk = new WalkSum(sha256, threads)
  const sum = walk.sum(pagesOf(40_000))
  await threads.close()
  await walk.add(sum)
  await assert.rejects(walk.total())
  assert.equal(walk.lost, true)
  assert.deepEqual(await threads.sum([]), new Uint8Array(32), 'the next walk has a thread again')
})
