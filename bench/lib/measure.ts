/** Measuring calls: how long they take, and how long the zone API is on a core for them. */
import type { System } from '../../conformance/lib/system.ts'
import { percentile } from './figures.ts'
import { cpuMs } from './process-use.ts'

export async function measure(system: System, name: string, call: () => Promise<unknown>, times = 20): Promise<void> {
  const ms: number[] = []
  const pid = system.app('zone-api').child.pid!
  const before = cpuMs(pid)
  for (let i = 0; i < times; i++) ms.push(await timeOf(call))
  report(name, ms, (cpuMs(pid) - before) / times)
}

/** On a busy machine the time on a core says more. */
export function report(name: string, ms: number[], onCoreMs: number): void {
  const at = (share: number) => percentile(ms, share).toFixed(1)
  console.log(`  ${name.padEnd(64)} ${at(0.5).padStart(8)} ms  (p99 ${at(0.99)}), ${onCoreMs.toFixed(1)} ms on a core`)
}

export async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await call()
  return performance.now() - startedMs
}

export async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
