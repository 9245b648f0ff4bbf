/** Observers: they look at edges without pause, by DNS and by EdgeService, and note what they see. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { formatRR, RCODE, soaFields, TYPE, type Message } from '@zonecast/dns'
import type { System } from '../lib/system.ts'
import type { History, Look } from './history.ts'
import { pick, type Random } from './seeds.ts'
import { twinsOf } from './zones.ts'

export interface ObserverOptions {
  readonly system: System
  readonly history: History
  readonly random: Random
  readonly edge: string
  readonly zones: readonly string[]
  readonly over: { readonly stop: boolean }
}

/** An edge that is killed, stopped or cut off gives no answer, and that says nothing. */
const pauseMs = 5

/** Looks at one slot of one zone at a time, until it is over. */
export async function observe(options: ObserverOptions): Promise<void> {
  const { history, random, zones, over } = options
  while (!over.stop) {
    const zone = pick(random, zones)
    const slots = [...new Set(history.changes.filter((change) => change.zone === zone).map(({ slot }) => slot))]
    if (slots.length > 0) {
      const slot = pick(random, slots)
      const look = random() < 0.7 ? await lookByDns(options, zone, slot) : await lookByService(options, zone, slot)
      if (look) history.look(look)
    }
    await sleep(pauseMs)
  }
}

/** The serial before and after: where it is the same, the values between are of that version. */
async function lookByDns(options: ObserverOptions, zone: string, slot: string): Promise<Look | undefined> {
  const { history, edge } = options
  const before = await lookAtSerial(options, zone)
  const [left, right] = [
    await ask(options, zone, `${twinsOf(slot)[0]}.${zone}`),
    await ask(options, zone, `${twinsOf(slot)[1]}.${zone}`),
  ]
  const after = await lookAtSerial(options, zone)
  if (before === undefined || left === undefined || right === undefined || before.serial !== after?.serial) return undefined
  const slots = new Map([[slot, [valueOf(left), valueOf(right)] as const]])
  return { edge, zone, began: before.began, ended: history.tick(), serial: before.serial, slots }
}

/** A serial alone is a look, too. */
async function lookAtSerial(options: ObserverOptions, zone: string): Promise<Look | undefined> {
  const { history, edge } = options
  const began = history.tick()
  const message = await ask(options, zone, zone, 'SOA')
  const serial = message && serialOf(message)
  if (serial === undefined) return undefined
  const look: Look = { edge, zone, began, ended: history.tick(), serial, slots: new Map() }
  history.look(look)
  return look
}

/** One question; undefined where the edge cannot be reached. What is no answer for a name of ours is noted. */
async function ask(
  { system, history, edge }: ObserverOptions,
  zone: string,
  name: string,
  type = 'TXT',
): Promise<Message | undefined> {
  const message = await system.dig(edge, name, type, { timeoutMilliseconds: 300 }).catch(() => undefined)
  if (message && message.rcode !== RCODE.NOERROR && message.rcode !== RCODE.NXDOMAIN) {
    history.unserved.push({ edge, zone, detail: `${name} ${type} is answered with RCODE ${message.rcode}` })
    return undefined
  }
  return message
}

function serialOf({ answers }: Message): number | undefined {
  const soa = answers.find(({ type }) => type === TYPE.SOA)
  return soa && soaFields(soa.rdata).serial
}

/** The value of a twin; 0 where there is none yet. */
function valueOf({ answers }: Message): number {
  const [rr] = answers
  return rr === undefined ? 0 : Number(/"(\d+)"/.exec(formatRR(rr))?.[1] ?? 0)
}

/** EdgeService says of which version its answer is. */
async function lookByService({ system, history, edge }: ObserverOptions, zone: string, slot: string): Promise<Look | undefined> {
  const began = history.tick()
  try {
    const client = system.client(EdgeService, edge)
    const [left, right] = await Promise.all(
      twinsOf(slot).map((name) => client.lookup({ name: `${name}.${zone}`, type: 'TXT' }, { timeoutMs: 1_000 })),
    )
    const { state } = left!
    if (state === undefined || state.version !== right!.state?.version || state.generation !== right!.state.generation)
      return undefined
    const { generation, version, serial } = state
    const valueIn = (answers: readonly string[]) => Number(/"(\d+)"/.exec(answers[0] ?? '')?.[1] ?? 0)
    const values = [valueIn(left!.answers), valueIn(right!.answers)] as const
    return {
      edge,
      zone,
      began,
      ended: history.tick(),
      serial,
      version: { generation, version },
      slots: new Map([[slot, values]]),
    }
  } catch (error) {
    // Away, cut, busy, or unable to have the credential checked; a fault of the edge's own is told with a request id.
    const { code, message } = ConnectError.from(error)
    if (code === Code.Internal && message.includes('internal error'))
      history.unserved.push({ edge, zone, detail: `Lookup: ${message}` })
    return undefined
  }
}
