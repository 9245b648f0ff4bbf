/** A thread that gives way does so alone. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { test } from 'vitest'

const program = `
  import { readlinkSync } from 'node:fs'
  import { getPriority } from 'node:os'
  import { basename } from 'node:path'
  import { parentPort } from 'node:worker_threads'
  import { giveWay } from '${new URL('./give-way.ts', import.meta.url)}'
  const priority = () => getPriority(Number(basename(readlinkSync('/proc/thread-self'))))
  const before = priority()
  giveWay()
  parentPort.postMessage([before, priority()])
`

test.runIf(process.platform === 'linux')(
  'a thread that gives way has a lower priority, and its process has what it had',
  async () => {
    const ours = getPriority()
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`))
    const [[before, after]] = (await once(worker, 'message')) as [[number, number]]
    await worker.terminate()
    assert.equal(before, ours)
    assert.ok(after > before)
    assert.equal(getPriority(), ours)
  },
)
