/** Unary calls and streams: our server factory against @grpc/grpc-js, on the same work, asked by the same client. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { programFlags } from '@zonecast/runtime'
import { spreadOf, tableText } from '../lib/figures.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { monotonicMs } from '../lib/poller.ts'
import { cpuMs } from '../lib/process-use.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, rounds } from '../lib/rounds.ts'
import { type Asker, openAsker } from './client.ts'

/** Of each load at each server and in each round. */
const seconds = isQuick ? 0.5 : 2
const servers = [ours, 'grpc-js']

/** Each gives how many units of work it did: calls, messages, or MiB. */
const loads: readonly { name: string; unit: string; inFlight: number; run: (asker: Asker) => Promise<number> }[] = [
  { name: 'unary, 1 in flight', unit: 'call', inFlight: 1, run: (asker) => asker.unary().then(() => 1) },
  { name: 'unary, 32 in flight', unit: 'call', inFlight: 32, run: (asker) => asker.unary().then(() => 1) },
  {
    name: 'server stream, 64 KiB pieces',
    unit: 'MiB',
    inFlight: 1,
    run: async (asker) => (await asker.serverStream(1024)) / 2 ** 20,
  },
  { name: 'two-way stream, there and back', unit: 'message', inFlight: 1, run: (asker) => asker.pingPong(1000).then(() => 1000) },
]

export async function benchUnary(): Promise<void> {
  const machine = describeMachine()
  console.log(`unary: ${rounds} rounds of ${seconds} s each\n${machineText(machine)}`)
  const running = await Promise.all(servers.map(start))
  const measures: Measure[] = []
  try {
    for (const load of loads) {
      for (const server of running) await measure(load, server, seconds / 2)
      for (let count = 0; count < rounds; count++) {
        for (const server of running) measures.push(...(await measure(load, server, seconds)))
      }
    }
  } finally {
    for (const { child } of running) child.kill()
  }
  const rows = rowsOf(measures)
  const cells = rows.map(({ group, system, figure, best, unit, ratio = '' }) => [group, system, figure, best, unit, ratio])
  console.log(`\n${tableText(['load', 'server', 'figure', 'best', 'unit', 'ratio'], cells)}`)
  console.log(`\nwritten to ${saveResults('unary', machine, { rows })}`)
}

async function measure(load: (typeof loads)[number], { name, port, child }: Running, forSeconds: number): Promise<Measure[]> {
  const asker = openAsker(port)
  const times: number[] = []
  let done = 0
  await load.run(asker)
  const cpuBefore = cpuMs(child.pid!)
  const started = monotonicMs()
  const endMs = started + forSeconds * 1000
  const worker = async () => {
    while (monotonicMs() < endMs) {
      const began = monotonicMs()
      const units = await load.run(asker)
      times.push((monotonicMs() - began) / (load.unit === 'call' ? 1 : units))
      done += units
    }
  }
  await Promise.all(Array.from({ length: load.inFlight }, worker))
  const elapsedSeconds = (monotonicMs() - started) / 1000
  const cpu = cpuMs(child.pid!) - cpuBefore
  asker.close()
  const { p50, p99 } = spreadOf(times)
  const common = { group: load.name, system: name, variant: '' }
  const lower = { ...common, better: 'lower' as const }
  return [
    { ...common, figure: `${load.unit}s a second`, unit: '1/s', better: 'higher', value: done / elapsedSeconds },
    { ...lower, figure: `server's time on a core for a ${load.unit}`, unit: 'µs', value: (cpu * 1000) / done },
    { ...lower, figure: `${load.unit}, p50`, unit: 'ms', value: p50 },
    { ...lower, figure: `${load.unit}, p99`, unit: 'ms', value: p99 },
  ]
}

interface Running {
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
}

async function start(name: string): Promise<Running> {
  const program = fileURLToPath(new URL('./server.ts', import.meta.url))
  const child = spawn(process.execPath, [...programFlags, program, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return { name, child, port: Number(line) }
}
