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

interface Load {
  readonly name: string
  readonly unit: string
  readonly inFlight: number
  /** Gives how many units of work it did: calls, messages, or MiB. */
  readonly run: (asker: Asker) => Promise<number>
  /** What only ours speaks, asked for the same. */
  readonly variants?: Readonly<Record<string, Load['run']>>
}

const loads: readonly Load[] = [
  { name: 'unary, 1 in flight', unit: 'call', inFlight: 1, run: (asker) => asker.unary().then(() => 1) },
  {
    name: 'unary, 32 in flight',
    unit: 'call',
    inFlight: 32,
    run: (asker) => asker.unary().then(() => 1),
    variants: {
      'gRPC-Web': (asker) => asker.webUnary().then(() => 1),
      'Connect, JSON': (asker) => asker.jsonUnary().then(() => 1),
    },
  },
  {
    name: 'server stream, 64 KiB pieces',
    unit: 'MiB',
    inFlight: 1,
    run: async (asker) => (await asker.serverStream(1024)) / 2 ** 20,
  },
  {
    name: 'client stream, 64 KiB pieces',
    unit: 'MiB',
    inFlight: 1,
    run: (asker) => asker.clientStream(1024).then(() => 64),
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
      const turns = turnsOf(load, running)
      for (const turn of turns) await measure(turn, seconds / 2)
      for (let count = 0; count < rounds; count++) for (const turn of turns) measures.push(...(await measure(turn, seconds)))
    }
  } finally {
    for (const { child } of running) child.kill()
  }
  const rows = rowsOf(measures)
  const cells = rows.map(({ group, system, variant, figure, best, unit, ratio = '' }) => [
    group,
    system,
    variant,
    figure,
    best,
    unit,
    ratio,
  ])
  console.log(`\n${tableText(['load', 'server', 'variant', 'figure', 'best', 'unit', 'ratio'], cells)}`)
  console.log(`\nwritten to ${saveResults('unary', machine, { rows })}`)
}

interface Turn {
  readonly load: Load
  readonly server: Running
  readonly variant: string
  readonly run: Load['run']
}

/** Ours over gRPC comes first: it is what all others are held against. */
function turnsOf(load: Load, running: readonly Running[]): Turn[] {
  const all = running.map((server) => ({ load, server, variant: '', run: load.run }))
  const own = running.filter(({ name }) => name === ours)
  return [
    ...all,
    ...own.flatMap((server) => Object.entries(load.variants ?? {}).map(([variant, run]) => ({ load, server, variant, run }))),
  ]
}

async function measure({ load, server, variant, run }: Turn, forSeconds: number): Promise<Measure[]> {
  const { name, port, child } = server
  const asker = openAsker(port)
  const times: number[] = []
  let done = 0
  await run(asker)
  const cpuBefore = cpuMs(child.pid!)
  const started = monotonicMs()
  const endMs = started + forSeconds * 1000
  const worker = async () => {
    while (monotonicMs() < endMs) {
      const began = monotonicMs()
      const units = await run(asker)
      times.push((monotonicMs() - began) / (load.unit === 'call' ? 1 : units))
      done += units
    }
  }
  await Promise.all(Array.from({ length: load.inFlight }, worker))
  const elapsedSeconds = (monotonicMs() - started) / 1000
  const cpu = cpuMs(child.pid!) - cpuBefore
  asker.close()
  const { p50, p99 } = spreadOf(times)
  const common = { group: load.name, system: name, variant }
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
