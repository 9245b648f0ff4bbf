/** The machine that a figure was measured on. */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  readonly date: string
  /** Programs that wanted to run, averaged over the minute before: above 0.2 or so, others were at work too. */
  readonly loadBefore: number
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 19),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

export function machineText({ cores, cpu, memoryGiB, kernel, node, date, loadBefore }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, ${kernel}, node ${node}, ${date}; load before: ${loadBefore}`
}
