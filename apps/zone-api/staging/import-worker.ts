/** The thread behind `ThreadJob`: it does what it is told, one call after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { giveWay } from '@zonecast/runtime/give-way'
import { type JobOptions, LocalJob } from './import-job.ts'
import type { MergeStep } from './content-merge.ts'
import type { ThreadAnswer, ThreadCall } from './import-thread.ts'

const port = parentPort!
// It has work for seconds, and changes that somebody waits for go beside it.
giveWay()
const job = new LocalJob(workerData as JobOptions)
let work = Promise.resolve()

port.on('message', (call: ThreadCall) => {
  work = work.then(() => answer(call))
})

async function answer(call: ThreadCall): Promise<void> {
  try {
    const value = await carryOut(call)
    port.postMessage({ value } satisfies ThreadAnswer, call.method === 'next' ? pagesOf(value as MergeStep) : [])
  } catch (error) {
    port.postMessage({ error } satisfies ThreadAnswer)
  }
}

function carryOut(call: ThreadCall): Promise<unknown> {
  switch (call.method) {
    case 'push':
      return job.push(call.bytes)
    case 'end':
      return job.end()
    case 'merge':
      return job.merge(call.plan)
    case 'next':
      return job.next(call.live)
    case 'locate':
      return job.locate(call.subjects)
    case 'take':
      return job.take(call.limit)
  }
}

/** Pages are handed over instead of copied. */
function pagesOf(step: MergeStep): ArrayBuffer[] {
  return step.kind === 'batch' ? step.pages.map(({ content }) => content.buffer as ArrayBuffer) : []
}
