/** Writers: they change zones without pause and note honestly what they were told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import { ChangeService, ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import type { System } from '../lib/system.ts'
import type { Change, History } from './history.ts'
import { pick, type Random } from './seeds.ts'
import { toldBy, twinsOf } from './zones.ts'

export interface WriterOptions {
  readonly system: System
  /** Any of them takes a change; what ends without an answer is asked again of any. */
  readonly zoneApis: readonly string[]
  readonly history: History
  readonly random: Random
  readonly zone: string
  readonly name: string
  /** Ends the writer after its present change. */
  readonly over: { readonly stop: boolean }
  /** Pause between changes. */
  readonly pauseMs: number
}

/** What a call that was cut, or that met a fault, may end with; after anything else something is wrong with the request itself. */
const passing: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Canceled,
  Code.Aborted,
  Code.Internal,
  Code.Unknown,
  Code.ResourceExhausted,
])

/** Of the calls that were cut, so many are given up for good: nobody will know. The others go on under their request id. */
const givenUp = 0.1
/** Of the changes, so many are watched. */
const watched = 0.3

/** Changes one zone until it is over; resolves when all of its changes have an outcome and its watches have ended. */
export async function write(options: WriterOptions): Promise<void> {
  const { history, random, zone, name, over, pauseMs } = options
  const watches: Promise<void>[] = []
  let slots = 0
  let slot = name
  for (let value = 1; !over.stop; value++) {
    const change = history.begin(zone, slot, value)
    const changeId = await apply(options, change)
    // What was given up may yet come in late: its names are left to it.
    if (changeId === undefined) slot = `${name}-${++slots}`
    else if (random() < watched) watches.push(watch(options, change, changeId))
    await sleep(pauseMs * random())
  }
  await Promise.all(watches)
}

/** Where there is but one, no random number is used up: seeds go on meaning what they did. */
function anyOf(zoneApis: readonly string[], random: Random): string {
  return zoneApis.length === 1 ? zoneApis[0]! : pick(random, zoneApis)
}

/** Puts the value at both names; resolves with the change id, or with nothing where the change was given up. */
async function apply({ system, zoneApis, history, zone, random }: WriterOptions, change: Change): Promise<string | undefined> {
  const requestId = `${zone}${change.slot}/${change.value}`
  const changes = twinsOf(change.slot).map((name) => ({
    operation: { case: 'put' as const, value: { name, type: 'TXT', ttl: 60, values: [`"${change.value}"`] } },
  }))
  for (;;) {
    const records = system.client(RecordService, anyOf(zoneApis, random))
    try {
      const { changeId, effects } = await records.applyChanges({ zone, changes, requestId }, { timeoutMs: 5_000 })
      history.acknowledge(change, toldBy(effects[0]!.state!))
      return changeId
    } catch (error) {
      const { code, message } = ConnectError.from(error)
      if (!passing.has(code)) throw new Error(`a change was refused: ${message}`, { cause: error })
      if (random() < givenUp) return undefined
      await sleep(20 + 80 * random())
    }
  }
}

/** Notes when the system says that an edge answers the change; a watch that is cut says nothing. */
async function watch({ system, zoneApis, history, random }: WriterOptions, change: Change, changeId: string): Promise<void> {
  try {
    const changes = system.client(ChangeService, anyOf(zoneApis, random))
    for await (const { edges, done } of changes.watchChange({ changeId }, { timeoutMs: 5_000 })) {
      const tick = history.tick()
      for (const { edgeId, stage } of edges) {
        if (stage === ChangeStage.ANSWERED) history.answers.push({ edge: edgeId, change, tick })
      }
      if (done) return
    }
  } catch (error) {
    if (!passing.has(ConnectError.from(error).code)) throw error
  }
}
