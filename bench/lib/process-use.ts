/** What processes use: time on a core so far, and the most anonymous memory over a time. */
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** Linux counts in ticks of 10 ms. */
const tickMs = 10

/** Time that a process has spent on a core, its threads and the kernel's work for it included. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** Anonymous memory of a process in MiB: files that are mapped, such as an LMDB store, are not in it. */
export function anonymousMiB(pid: number): number {
  const [, kB = ''] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kB) / 1024
}

/** Watches the anonymous memory of processes from a thread of its own, every 20 ms, until `stop`, which gives each one's peak. */
export function watchMemory(pids: readonly number[]): { stop(): Promise<number[]> } {
  const worker = new Worker(new URL('./memory-worker.ts', import.meta.url), { workerData: pids })
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('message', (peaks: number[]) => {
          resolve(peaks)
          void worker.terminate()
        })
        worker.postMessage('stop', [])
      }),
  }
}

/** Watches the anonymous memory of a process and all that it starts, every 50 ms, until `stop`, which gives the peak in MiB. */
export function watchFamilyMemory(pid: number): { stop(): Promise<number> } {
  const worker = new Worker(new URL('./family-memory-worker.ts', import.meta.url), { workerData: pid })
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('message', (peak: number) => {
          resolve(peak)
          void worker.terminate()
        })
        worker.postMessage('stop', [])
      }),
  }
}
