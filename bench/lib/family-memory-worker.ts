/** The thread behind `watchFamilyMemory`. */
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { familyOf } from './peers/server.ts'
import { anonymousMiB } from './process-use.ts'

const everyMs = 50
const pid = workerData as number
let peak = 0

/** Memory that several processes share since a fork counts once: each has its part of it. */
function shareMiB(member: number): number {
  const [, kB = ''] = /^Pss_Anon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8')) ?? []
  return Number(kB) / 1024
}

function sample(): void {
  try {
    const family = familyOf(pid)
    const now = family.length === 1 ? anonymousMiB(pid) : family.reduce((sum, member) => sum + shareMiB(member), 0)
    peak = Math.max(peak, now)
  } catch {
    // One of them ended between the look at the list and the look at it: the next sample sees who is left.
  }
}

sample()
setInterval(sample, everyMs)
parentPort!.on('message', () => {
  sample()
  parentPort!.postMessage(peak, [])
})
