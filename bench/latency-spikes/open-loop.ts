/** Changes sent on a timetable, whatever became of those before, and how long each took until it was answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Address } from '@zonecast/dns-net'
import { ManyPoller } from '../lib/many-poller.ts'
import { monotonicMs } from '../lib/poller.ts'

export interface OpenLoopOptions {
  readonly dns: Address
  readonly everyMs: number
  /** Whether one more change is due so long after the start. */
  readonly lasts: (elapsedMs: number) => boolean
  /** Replaces the one address of a host. */
  readonly change: (zone: string, host: string, address: string) => Promise<unknown>
  readonly targets: readonly { readonly zone: string; readonly host: string }[]
}

/** What was due when, and when it was answered, in ms from the start. */
export interface Sample {
  readonly dueMs: number
  readonly tookMs: number
}

/**
 * The time of a change counts from when it was due, not from when it could be sent: a system that stalls its callers is not
 * measured less often for it. Ends when every change is answered.
 */
export async function runOpenLoop({ dns, everyMs, lasts, change, targets }: OpenLoopOptions): Promise<Sample[]> {
  const poller = new ManyPoller(dns)
  const started = monotonicMs()
  const samples: Promise<Sample>[] = []
  /** A host is changed again only when its last change was seen: else a later value would hide an earlier one. */
  const free = [...targets]
  try {
    for (let i = 0; lasts(i * everyMs); i++) {
      const due = started + i * everyMs
      const wait = due - monotonicMs()
      if (wait > 0) await sleep(wait)
      const target = free.shift()
      if (target === undefined) throw new Error(`all ${targets.length} hosts wait for an answer: more are needed`)
      samples.push(
        one(poller, target, change, nextAddress()).then((seenAt) => {
          free.push(target)
          return { dueMs: due - started, tookMs: seenAt - due }
        }),
      )
    }
    return await Promise.all(samples)
  } finally {
    await poller.close()
  }
}

async function one(
  poller: ManyPoller,
  { zone, host }: OpenLoopOptions['targets'][number],
  change: OpenLoopOptions['change'],
  address: string,
): Promise<number> {
  const seen = poller.seen({ name: `${host}.${zone}`, type: 'A', value: address })
  await change(zone, host, address)
  return seen
}

let given = 0
/** No address is given twice, so that an answer tells which change it shows. */
function nextAddress(): string {
  given++
  return `10.${(given >>> 16) & 255}.${(given >>> 8) & 255}.${given & 255}`
}

/** Times in a row over the threshold are one spike. */
export function spikesOf(samples: readonly Sample[], overMs: number): number {
  return samples.filter(({ tookMs }, i) => tookMs > overMs && !((samples[i - 1]?.tookMs ?? 0) > overMs)).length
}
