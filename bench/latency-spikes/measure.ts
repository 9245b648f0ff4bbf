/** Windows: small changes of a system on a timetable, while a large zone passes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile, round, spreadOf } from '../lib/figures.ts'
import { isQuick } from '../lib/rounds.ts'
import { monotonicMs, Poller } from '../lib/poller.ts'
import { cpuMs } from '../lib/process-use.ts'
import { hostsOf, zoneText } from '../lib/zone-text.ts'
import { runOpenLoop, type Sample, spikesOf } from './open-loop.ts'
import { lastAddress, type Variant } from '../old-way/passes.ts'
import { largeZone, type TimedSystem } from '../old-way/systems.ts'

/** A window lasts at least so long, and until the zone that passes has come through. */
const seconds = Number(process.env['BENCH_SECONDS'] || (isQuick ? 3 : 15))
const everyMs = 20
const warmUpSeconds = isQuick ? 2 : 6
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

/** A system with its zones, whose programs have compiled what they run. */
export interface SpikeSystem {
  readonly name: string
  /** Measures once; the others are left alone by then. */
  window(): Promise<Spikes>
  close(): Promise<void>
}

/** `large` is the text of the large zone. */
export async function prepareSpikes(system: TimedSystem, large: Buffer): Promise<SpikeSystem> {
  try {
    const { dns, change } = system
    const targets = await addSmallZones(system)
    await runOpenLoop({ dns, everyMs, lasts: (ms) => ms < warmUpSeconds * 1000, change, targets })
    await system.addZone(largeZone, large)
    const poller = new Poller(dns)
    await poller.seen({ name: `zz-last.${largeZone}`, type: 'A', value: '192.0.2.254' })
    const passing = new Passing(await system.largeZonePasses(), poller)
    const pids = Object.values(system.pids)
    await untilQuiet(pids)
    const window = async () => {
      const before = passing.count
      const loop = { dns, everyMs, lasts: () => passing.isPassing, change, targets }
      const [, samples] = await Promise.all([passing.forSeconds(seconds), runOpenLoop(loop)])
      await untilQuiet(pids)
      return { ...summary(samples), passes: passing.count - before }
    }
    const close = async () => {
      await poller.close()
      await system.close()
    }
    return { name: system.name, window, close }
  } catch (error) {
    await system.close()
    throw error
  }
}

/** They are alike but for their names: to have each generated takes longer than to have it committed. */
async function addSmallZones(system: TimedSystem): Promise<{ zone: string; host: string }[]> {
  const origin = 'small.example.'
  const text = zoneText(origin, 10)
  const hosts = hostsOf(text)
  const targets: { zone: string; host: string }[] = []
  for (let i = 0; i < smallZones; i++) {
    const zone = `small-${i}.example.`
    await system.addZone(zone, Buffer.from(text.toString('latin1').replaceAll(origin, zone), 'latin1'))
    for (const host of hosts) targets.push({ zone, host })
  }
  return targets
}

/** Sends the large zone through a system, in its two variants by turns. */
class Passing {
  readonly #pass: (variant: Variant) => Promise<unknown>
  readonly #poller: Poller
  count = 0
  isPassing = false

  constructor(pass: (variant: Variant) => Promise<unknown>, poller: Poller) {
    this.#pass = pass
    this.#poller = poller
  }

  /** The next pass begins when the last is answered; the last one that begins in time is seen through. */
  async forSeconds(least: number): Promise<void> {
    const endMs = monotonicMs() + least * 1000
    this.isPassing = true
    try {
      while (monotonicMs() < endMs) {
        const variant = (this.count % 2) as Variant
        const seen = this.#poller.seen({ name: `zz-last.${largeZone}`, type: 'A', value: lastAddress[variant] })
        await this.#pass(variant)
        await seen
        this.count++
      }
    } finally {
      this.isPassing = false
    }
  }
}

const lookEveryMs = 500
const quietShare = 0.1
const longestTidyMs = 60_000

/** What was replaced is removed behind the answer: the next one's turn comes when that is done. */
async function untilQuiet(pids: readonly number[]): Promise<void> {
  const used = () => pids.reduce((sum, pid) => sum + cpuMs(pid), 0)
  const endMs = monotonicMs() + longestTidyMs
  for (let before = used(), now = before; monotonicMs() < endMs; before = now) {
    await sleep(lookEveryMs)
    now = used()
    if (now - before < lookEveryMs * quietShare) return
  }
}

function summary(samples: readonly Sample[]): Omit<Spikes, 'passes'> {
  const minutes = (samples.length * everyMs) / 60_000
  const times = samples.map(({ tookMs }) => tookMs)
  const { count, p50, p99, max } = spreadOf(times)
  const p999 = round(percentile(times, 0.999))
  return { changes: count, p50, p99, p999, max, spikesPerMinute: round(spikesOf(samples, spikeMs) / minutes) }
}
