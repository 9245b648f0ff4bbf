/** The thread behind `watchMemory`. */
import { parentPort, workerData } from 'node:worker_threads'
import { anonymousMiB } from './process-use.ts'

const everyMs = 20
const pids = workerData as readonly number[]
const peaks = pids.map(() => 0)

function sample(): void {
  for (const [index, pid] of pids.entries()) peaks[index] = Math.max(peaks[index] ?? 0, anonymousMiB(pid))
}

sample()
setInterval(sample, everyMs)
parentPort!.on('message', () => {
  sample()
  parentPort!.postMessage(peaks, [])
})
