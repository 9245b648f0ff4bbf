/** A thread with a client of its own, which makes one call after the other and notes how long each takes. */
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcTransport } from '@zonecast/rpc'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

/** What it is started with. */
export interface WitnessInput {
  readonly url: string
  readonly token: string
  /** The program's process. */
  readonly pid: number
  /** Whose calls it makes. */
  readonly of: 'zones' | 'access' | 'edge'
}

/** What it saw since it was asked last. */
export interface Sight {
  readonly calls: number
  readonly worstMs: number
  /** The worst without the time in which the program's threads or the witness waited for a core that others had. */
  readonly worstServedMs: number
  readonly errors: readonly string[]
}

/** Between calls: a witness looks on, and is no flood itself. */
const everyMs = 10
const witnessing = '/proc/thread-self'
const { url, token, of, pid } = workerData as WitnessInput
const transport = createRpcTransport({ url, token, timeoutMs: 20_000 })
const calls = {
  zones: () => createRpcClient(ZoneService, transport).listZones({}),
  access: () => createRpcClient(AccessService, transport).whoAmI({}),
  edge: () => createRpcClient(EdgeService, transport).getStatus({}),
}
const nothing = { calls: 0, worstMs: 0, worstServedMs: 0 }
let seen = { ...nothing, errors: [] as string[] }
let isAsked = false
parentPort!.on('message', () => {
  isAsked = true
})
parentPort!.postMessage(undefined, [])
for (;;) {
  const [startedMs, waited] = [performance.now(), waitingMs()]
  await calls[of]().catch((error: unknown) => seen.errors.push(String(error)))
  seen.calls++
  const ms = performance.now() - startedMs
  seen.worstMs = Math.max(seen.worstMs, ms)
  seen.worstServedMs = Math.max(seen.worstServedMs, ms - waitedSince(waited))
  // The call that was under way when somebody asked counts, too.
  if (isAsked) {
    parentPort!.postMessage(seen satisfies Sight, [])
    seen = { ...nothing, errors: [] }
    isAsked = false
  }
  await pause(everyMs)
}

/** How long each thread of the program, and this one, was ready to run and had no core. */
function waitingMs(): Map<string, number> {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`)
  return new Map([...threads, witnessing].map((thread) => [thread, waitedMsOf(thread)]))
}

/** The program's threads wait beside each other: the longest wait counts, and this thread's own. */
function waitedSince(before: ReadonlyMap<string, number>): number {
  const waits = [...waitingMs()].map(([thread, ms]) => ({ thread, ms: ms - (before.get(thread) ?? ms) }))
  const own = waits.find(({ thread }) => thread === witnessing)?.ms ?? 0
  return own + Math.max(...waits.filter(({ thread }) => thread !== witnessing).map(({ ms }) => ms))
}

function waitedMsOf(thread: string): number {
  try {
    return Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    // It has ended meanwhile.
    return 0
  }
}
