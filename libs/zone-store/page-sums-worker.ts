/** The thread behind `PageSums`: sums pages in the order they come. */
import { parentPort } from 'node:worker_threads'
import { giveWay } from '@zonecast/runtime/give-way'
import { sha256 } from '@zonecast/runtime/hashes'
import { sumOfSha256 } from '@zonecast/runtime/sha256-sum'
import { DigestSum, piecesOf } from '@zonecast/zone'
import type { PagesToSum } from './page-sums.ts'

// A zone that comes is summed beside changes that somebody waits for.
giveWay()
parentPort!.on('message', ({ pages, ends }: PagesToSum) => {
  const sum = new DigestSum(sha256)
  let start = 0
  for (const end of ends) {
    sum.addSum(sumOfSha256(piecesOf(pages.subarray(start, end))))
    start = end
  }
  parentPort!.postMessage(sum.bytes(), [])
})
