/** The interleaving of a slow publisher, a fast one and a cleanup that emptied names elsewhere, against a real edge. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import { stateToMessage, wholeDeltaToMessage } from '@zonecast/contract'
import type { FollowResponseSchema } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { formatRR, parseName, TYPE } from '@zonecast/dns'
import { dnsQuery } from '@zonecast/dns-net'
import type { DrillPublisher } from './drill-publisher.ts'
import { deltaBetween, drillName, drillShard, drillZone, type Plan, planOf } from './plans.ts'

export interface DrillStep {
  readonly who: 'fast' | 'slow' | 'cleanup'
  readonly what: string
  /** What the edge has to say to it. */
  readonly wanted: string
  readonly said: string
  /** What a client is answered after it. */
  readonly answers: readonly string[]
  readonly dangerous: boolean
  readonly passed: boolean
}

export interface DrillPorts {
  readonly fast: DrillPublisher
  readonly slow: DrillPublisher
  readonly cleanup: DrillPublisher
  readonly dns: { readonly host: string; readonly port: number }
  /** Told of each step as it is taken. */
  readonly onStep: (step: DrillStep) => Promise<void>
}

const plans = [
  planOf(1, ['192.0.2.11']),
  planOf(2, ['192.0.2.21', '192.0.2.22']),
  planOf(3, ['192.0.2.31', '192.0.2.32', '192.0.2.33']),
  planOf(4, ['192.0.2.41']),
] as const
const [one, two, three, four] = plans
/** The next version, with the name emptied. */
const emptied = planOf(4, [])

type Message = MessageInitShape<typeof FollowResponseSchema>['message']

interface Scene {
  readonly who: DrillStep['who']
  readonly what: string
  readonly message: Message
  readonly position: bigint
  readonly wanted: string
  /** What is to be answered afterwards. */
  readonly serves: Plan
}

/** What happened there, step by step, with what might have been tried besides. */
function scenes(): readonly Scene[] {
  const fast = (plan: Plan, base: Plan | undefined) => release(plan, base, deltaBetween(base, plan))
  return [
    { who: 'fast', what: 'releases plan 1', message: fast(one, undefined), position: 10n, wanted: 'ACK', serves: one },
    {
      who: 'fast',
      what: 'releases plan 3, while the slow publisher has taken up plan 2 and is held up',
      message: fast(three, one),
      position: 30n,
      wanted: 'ACK',
      serves: three,
    },
    {
      who: 'slow',
      what: 'wakes and releases plan 2 on plan 1; its check that plan 2 is newer was made long ago',
      message: release(two, one, deltaBetween(one, two)),
      position: 20n,
      wanted: 'NOT_NEWER',
      serves: three,
    },
    {
      who: 'slow',
      what: 'releases plan 2 again, as a whole zone that replaces whatever is there',
      message: release(two, undefined, deltaBetween(undefined, two), 21n),
      position: 21n,
      wanted: 'NOT_NEWER',
      serves: three,
    },
    {
      who: 'cleanup',
      what: 'takes plan 2 for what is served, finds it old and deletes it',
      message: tombstone(two, 22n),
      position: 22n,
      wanted: 'NOT_NEWER',
      serves: three,
    },
    {
      who: 'cleanup',
      what: 'says that there is no zone at all',
      message: nothingThere(three.position),
      position: 0n,
      wanted: 'LIST AGAIN',
      serves: three,
    },
    {
      who: 'cleanup',
      what: 'removes the addresses of plan 2 from the name, as version 4 on plan 2',
      message: release(emptied, two, deltaBetween(two, emptied), 40n),
      position: 40n,
      wanted: 'BASE_MISMATCH',
      serves: three,
    },
    {
      who: 'cleanup',
      what: 'empties the name on plan 3, under the digest of a plan 4 that it never saw',
      message: release(four, three, deltaBetween(three, emptied), 41n),
      position: 41n,
      wanted: 'DIGEST_MISMATCH',
      serves: three,
    },
    { who: 'fast', what: 'releases plan 4', message: fast(four, three), position: 40n, wanted: 'ACK', serves: four },
  ]
}

/** Takes all steps; a step has passed where the edge said what it has to, and clients are answered as if nothing had happened. */
export async function runStalePublisher(ports: DrillPorts): Promise<readonly DrillStep[]> {
  const taken: DrillStep[] = []
  for (const { who, what, message, position, wanted, serves } of scenes()) {
    const said = await ports[who].send(message, position)
    const { version } = serves.header.state
    if (wanted === 'ACK' && said === 'ACK') await ports[who].answered(version)
    const answers = await ask(ports.dns)
    const passed = said === wanted && answers.join() === serves.addresses.join()
    const step = { who, what, wanted, said, answers, dangerous: wanted !== 'ACK', passed }
    taken.push(step)
    await ports.onStep(step)
  }
  return taken
}

function release(plan: Plan, base: Plan | undefined, delta: ReturnType<typeof deltaBetween>, position = plan.position): Message {
  const { state } = plan.header
  const from = base?.header.state
  const body = wholeDeltaToMessage({ base: from, target: plan.header, delta })
  const place = { zone: drillZone, shard: drillShard, position, after: 0n, placement: 'default' }
  const states = { state: stateToMessage(state), ...(from && { base: stateToMessage(from) }) }
  return { case: 'release', value: { ...place, ...states, body: { case: 'delta', value: body } } }
}

function tombstone({ header }: Plan, position: bigint): Message {
  const state = stateToMessage({ ...header.state, serial: 0, digest: new Uint8Array(0), deleted: true })
  const place = { zone: drillZone, shard: drillShard, position, after: 0n, placement: 'default' }
  return { case: 'release', value: { ...place, state, body: { case: 'tombstone', value: {} } } }
}

function nothingThere(position: bigint): Message {
  const level = { shard: drillShard, position: position + 5n, setDigest: new Uint8Array(0), zones: 0n }
  return { case: 'checkpoint', value: { after: position, level } }
}

async function ask(server: DrillPorts['dns']): Promise<string[]> {
  const { answers } = await dnsQuery({ server, name: parseName(drillName), type: TYPE.A })
  return answers.map((rr) => formatRR(rr).split(/\s/)[4] ?? '').toSorted()
}
