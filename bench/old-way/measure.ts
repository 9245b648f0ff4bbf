/** One zone of a million records through a whole system: its time, octets and memory, and then one change in it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { round } from '../lib/figures.ts'
import { monotonicMs, Poller } from '../lib/poller.ts'
import { anonymousMiB, cpuMs, watchMemory } from '../lib/process-use.ts'
import { hostsOf } from '../lib/zone-text.ts'
import type { TimedSystem } from './systems.ts'

export interface LargeZoneFigures {
  readonly importedMs: number
  readonly answeredMs: number
  readonly octets: number
  readonly memoryMiB: Readonly<Record<keyof TimedSystem['pids'], number>>
  readonly cpuMs: number
  readonly changeMs: number
}

/** What is put off after a start has happened by then. */
const restMs = 1500
const warmUps = 100

export async function measureLargeZone(
  system: TimedSystem,
  zone: string,
  text: Buffer,
  small: Buffer,
): Promise<LargeZoneFigures> {
  const poller = new Poller(system.dns)
  try {
    await warmUp(system, poller, small)
    await sleep(restMs)
    const pids = Object.values(system.pids)
    const idle = pids.map(anonymousMiB)
    const cpuBefore = sum(pids.map(cpuMs))
    const octetsBefore = await system.octetsToEdge()
    const memory = watchMemory(pids)
    const seen = poller.seen({ name: `zz-last.${zone}`, type: 'A', value: '192.0.2.254' })
    const sent = monotonicMs()
    await system.addZone(zone, text)
    const committed = monotonicMs()
    const answered = await seen
    const peaks = await memory.stop()
    const used = sum(pids.map(cpuMs)) - cpuBefore
    const octets = (await system.octetsToEdge()) - octetsBefore
    const above = Object.keys(system.pids).map((name, i) => [name, round(peaks[i]! - idle[i]!)])
    return {
      importedMs: round(committed - sent),
      answeredMs: round(answered - committed),
      octets,
      memoryMiB: Object.fromEntries(above) as LargeZoneFigures['memoryMiB'],
      cpuMs: used,
      changeMs: await changeOne(system, poller, zone, hostsOf(text)[0]!),
    }
  } finally {
    await poller.close()
  }
}

async function warmUp(system: TimedSystem, poller: Poller, text: Buffer): Promise<void> {
  const zone = 'small.example.'
  await system.addZone(zone, text)
  const host = hostsOf(text)[0]!
  for (let i = 0; i < warmUps; i++) await changed(system, poller, zone, host, `10.1.0.${i}`)
}

async function changeOne(system: TimedSystem, poller: Poller, zone: string, host: string): Promise<number> {
  await sleep(restMs)
  const sent = monotonicMs()
  const answered = await changed(system, poller, zone, host, '10.2.0.1')
  return round(answered - sent)
}

async function changed(system: TimedSystem, poller: Poller, zone: string, host: string, address: string): Promise<number> {
  const seen = poller.seen({ name: `${host}.${zone}`, type: 'A', value: address })
  await system.change(zone, host, address)
  return seen
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
