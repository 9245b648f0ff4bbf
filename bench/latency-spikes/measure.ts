/** One window: small changes of a system on a timetable, while a large zone passes again and again. */
import { round, spreadOf } from '../lib/figures.ts'
import { isQuick, largeRecords } from '../lib/rounds.ts'
import { Poller } from '../lib/poller.ts'
import { hostsOf, zoneText } from '../lib/zone-text.ts'
import { runOpenLoop, type Sample, spikesOf } from './open-loop.ts'
import { lastAddress, type Variant } from '../old-way/passes.ts'
import { largeZone, type TimedSystem } from '../old-way/systems.ts'

const seconds = Number(process.env['BENCH_SECONDS'] || (isQuick ? 5 : 45))
const everyMs = 20
const warmUpSeconds = isQuick ? 2 : 8
/** Enough hosts that one is free although a system stalls for as long as it is measured. */
const smallZones = isQuick ? 100 : 500
/** What a person or a program that waits would notice. */
const spikeMs = 50

export interface Spikes {
  readonly changes: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly spikesPerMinute: number
  /** Large zones that came through meanwhile. */
  readonly passes: number
}

/** One window on one system. */
export async function measureSpikes(system: TimedSystem): Promise<Spikes> {
  const targets: { zone: string; host: string }[] = []
  for (let i = 0; i < smallZones; i++) {
    const zone = `small-${i}.example.`
    const text = zoneText(zone, 10)
    await system.addZone(zone, text)
    for (const host of hostsOf(text)) targets.push({ zone, host })
  }
  const { dns, change } = system
  // Until every program has compiled what it runs.
  await runOpenLoop({ dns, everyMs, seconds: warmUpSeconds, change, targets })
  await system.addZone(largeZone, zoneText(largeZone, largeRecords))
  const poller = new Poller(dns)
  await poller.seen({ name: `zz-last.${largeZone}`, type: 'A', value: '192.0.2.254' })
  const passing = passAgainAndAgain(await system.largeZonePasses(), poller)
  try {
    const samples = await runOpenLoop({ dns, everyMs, seconds, change, targets })
    return { ...summary(samples), passes: passing.passes() }
  } finally {
    passing.abandon()
    await poller.close()
  }
}

/** The next pass begins when the last is answered; the one under way is abandoned, since the old way needs half a minute for it. */
function passAgainAndAgain(pass: (variant: Variant) => Promise<unknown>, poller: Poller) {
  let passes = 0
  const abandoned = new AbortController()
  const loop = (async () => {
    while (!abandoned.signal.aborted) {
      const variant = (passes % 2) as Variant
      const seen = poller.seen({ name: `zz-last.${largeZone}`, type: 'A', value: lastAddress[variant] })
      await pass(variant)
      await seen
      passes++
    }
  })()
  return {
    passes: () => passes,
    abandon: () => {
      abandoned.abort()
      // The system that it ran on is about to go.
      loop.catch(() => {})
    },
  }
}

function summary(samples: readonly Sample[]): Omit<Spikes, 'passes'> {
  const sorted = samples.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)
  const { count, p50, p99, max } = spreadOf(sorted)
  const p999 = round(sorted[Math.ceil(0.999 * sorted.length) - 1] ?? Number.NaN)
  return { changes: count, p50, p99, p999, max, spikesPerMinute: round((spikesOf(samples, spikeMs) * 60) / seconds) }
}
