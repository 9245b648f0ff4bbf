/** Runs the benchmark that is named, or all, each in a process of its own; `page` writes docs/benchmarks.md. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** In the order in which they run. */
const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  'change-to-answer': async () => (await import('./change-to-answer/change-to-answer.ts')).benchChangeToAnswer(),
  'many-changes': async () => (await import('./many-changes/many-changes.ts')).benchManyChanges(),
  'small-zones': async () => (await import('./small-zones/small-zones.ts')).benchSmallZones(),
  'large-zone': async () => (await import('./large-zone/large-zone.ts')).benchLargeZone(),
  'old-way': async () => (await import('./old-way/old-way.ts')).benchOldWay(),
  'latency-spikes': async () => (await import('./latency-spikes/latency-spikes.ts')).benchLatencySpikes(),
  'fan-out': async () => (await import('./fan-out/fan-out.ts')).benchFanOut(),
  'dns-qps': async () => (await import('./dns-qps/dns-qps.ts')).benchDnsQps(),
  unary: async () => (await import('./unary/unary.ts')).benchUnary(),
  auth: async () => (await import('./auth/auth.ts')).benchAuth(),
  codec: async () => (await import('./codec/codec.ts')).benchCodec(),
}

const names = process.argv.slice(2)
const [first = ''] = names
if (names.length === 1 && first === 'page') await (await import('./page.ts')).writePage()
else if (names.length === 1 && benchmarks[first] !== undefined) await benchmarks[first]()
else process.exitCode = runEach(names.length === 0 ? Object.keys(benchmarks) : names)

/** One that fails does not keep the next from running. */
function runEach(wanted: readonly string[]): number {
  const unknown = wanted.find((name) => benchmarks[name] === undefined)
  if (unknown !== undefined) {
    console.error(`there is no benchmark called ${unknown}; there are ${Object.keys(benchmarks).join(', ')}, and page`)
    return 64
  }
  const failed = wanted.filter((name) => {
    const started = performance.now()
    const { status } = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name], {
      stdio: 'inherit',
    })
    console.log(`${name}: ${status === 0 ? 'done' : 'FAILED'} after ${Math.round((performance.now() - started) / 1000)} s\n`)
    return status !== 0
  })
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`)
  return failed.length > 0 ? 1 : 0
}
