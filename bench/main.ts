/** Runs the benchmarks, or the one that is named. */
import { benchChangeToAnswer } from './change-to-answer/change-to-answer.ts'
import { benchDnsQps } from './dns-qps/dns-qps.ts'
import { benchLargeZone } from './large-zone/large-zone.ts'

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  'change-to-answer': benchChangeToAnswer,
  'dns-qps': benchDnsQps,
  'large-zone': benchLargeZone,
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benchmarks)
for (const name of names) {
  const run = benchmarks[name]
  if (run === undefined) {
    console.error(`there is no benchmark called ${name}; there are ${Object.keys(benchmarks).join(', ')}`)
    process.exit(64)
  }
  await run()
}
