/** Times of changes, one after the other: sent, acknowledged, answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs, type Poller } from '../lib/poller.ts'
import type { Lane } from '../lib/peers/pair.ts'
import type { Target } from '../lib/target.ts'

export interface Times {
  /** From sending to the first right answer, in ms. */
  readonly answered: number
  /** From sending to the acknowledgement. */
  readonly committed: number
}

export interface Load {
  readonly target: Target
  readonly lane: Lane
  readonly poller: Poller
  readonly zone: string
  readonly hosts: readonly string[]
}

export interface Extent {
  readonly most: number
  /** No further change is begun after so long, but for the least. */
  readonly budgetMs: number
  readonly least: number
}

/** Who answers later than this waits for a clock of its own: a change must not always meet it in the same phase. */
const slowMs = 300
const longestPauseMs = 1000
const giveUpMs = 60_000

/**
 * Replaces the address of one host after the other, each when the one before is answered. The first is not counted: changes that
 * follow each other are measured, and some servers send the first NOTIFY after a quiet time sooner than the next.
 */
export async function measureChanges(load: Load, { most, budgetMs, least }: Extent): Promise<Times[]> {
  const times: Times[] = []
  let last = (await changeOne(load)).answered
  const started = monotonicMs()
  while (times.length < most && (times.length < least || monotonicMs() - started < budgetMs)) {
    if (last > slowMs) await sleep(Math.random() * longestPauseMs)
    times.push(await changeOne(load))
    last = times.at(-1)!.answered
  }
  return times
}

async function changeOne({ target, lane, poller, zone, hosts }: Load): Promise<Times> {
  const host = hosts[Math.floor(Math.random() * hosts.length)]!
  const address = nextAddress()
  const seen = poller.seen({ name: `${host}.${zone}`, type: 'A', value: address })
  const sentAt = monotonicMs()
  await lane.change(zone, [{ host, address }])
  const committedAt = monotonicMs()
  await lane.announce?.(zone)
  return { answered: (await within(seen, target, `${address} at ${host}.${zone}`)) - sentAt, committed: committedAt - sentAt }
}

/** The answer, or an error that says whose it is not. */
async function within(seen: Promise<number>, target: Target, what: string): Promise<number> {
  const late = new AbortController()
  const timer = sleep(giveUpMs, undefined, { signal: late.signal }).then(
    () => {
      target.check()
      throw new Error(`${target.system}, ${target.variant}: ${what} was not answered within ${giveUpMs / 1000} s`)
    },
    () => Number.NaN,
  )
  try {
    return await Promise.race([seen, timer])
  } finally {
    late.abort()
  }
}

let given = 0

/** No address is given twice, so that every answer tells which change it shows. */
function nextAddress(): string {
  given++
  return `10.${(given >>> 16) & 255}.${(given >>> 8) & 255}.${given & 255}`
}
