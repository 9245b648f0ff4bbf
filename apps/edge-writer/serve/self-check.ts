/** The edge asks its own DNS server, as a client would, and compares. */
import { setTimeout as sleep } from 'node:timers/promises'
import { compareBytes, decodeRR, encodeMessage, parseMessage, parseName, RCODE, TYPE, type Message, type RR } from '@zonecast/dns'
import type { DnsClient, Responder } from '@zonecast/dns-net'
import { encodeQuestion } from '@zonecast/dns-net'
import { backoff, type Clock, type Logger } from '@zonecast/runtime'
import { compareStates, type TouchedQuestion, type ZoneState } from '@zonecast/zone'
import type { ZoneStore } from '@zonecast/zone-store'
import type { SelfCheck } from '../follow/answer-watch.ts'
import type { Asker } from './dns-service.ts'
import { createBudget } from './question-budget.ts'

export interface SelfCheckOptions {
  readonly store: ZoneStore
  /** They reach everything that answers clients: each must say what is expected. */
  readonly askers: () => readonly Asker[]
  /** What the store says to a question, without a socket or a cache in between. */
  readonly respond: Responder
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Over TCP, so that nothing is cut short. */
const ourselves: DnsClient = { transport: 'tcp', address: '127.0.0.1' }
/** Checks at once, so that a thousand new zones do not flood the server with questions of its own. */
const atOnce = 32

/**
 * Resolves, with the moment in Unix milliseconds, once every thread of the server answers this state of the zone or a later one: for the SOA and what
 * the change touched, it says what `lookup` over the store says. The SOA is always asked for; the rest while there is a budget for it. A deleted zone is answered when its apex no longer is.
 * Rejects only when it is interrupted.
 */
export function createSelfCheck(options: SelfCheckOptions): SelfCheck {
  const { store, askers, respond, clock, log, signal } = options
  const waiting: (() => void)[] = []
  const budget = createBudget(clock)
  let running = 0

  /** A place is held while the server is asked and not between attempts: what is not answered holds up nothing else. */
  async function inTurn<T>(run: () => Promise<T>): Promise<T> {
    if (running >= atOnce) await new Promise<void>((next) => waiting.push(next))
    running++
    try {
      return await run()
    } finally {
      running--
      waiting.shift()?.()
    }
  }

  /** What a client would be told now, by the store's newest version. */
  function expected({ name, type }: TouchedQuestion): Message {
    const response = respond(encodeQuestion({ server: nobody, name, type, dnssecOk: true }, 0), ourselves)
    if (response === undefined) throw new Error('our own question got no answer')
    // The same failure at both sides is no answer.
    if (response.fault !== undefined) throw response.fault
    return parseMessage(response.bytes)
  }

  function askAll(question: TouchedQuestion): Promise<Message[]> {
    return Promise.all(askers().map((ask) => ask({ ...question, dnssecOk: true })))
  }

  /** The SOA of the newest version is at hand, so that mostly nothing is looked up to know what the answer should be. */
  async function isSoaAnswered(zone: string): Promise<boolean> {
    const question = { name: parseName(zone), type: TYPE.SOA }
    if (store.get(zone)?.header.state.deleted) return isAnswered(question)
    const answers = await askAll(question)
    const { state, soa } = store.get(zone)!.header
    const isNewest = !state.deleted && answers.every((answer) => isSoaAlone(answer, decodeRR(soa)))
    return isNewest || isAnswered(question)
  }

  /** The zone may move between question and answer: what was true at either moment is right. */
  async function isAnswered(question: TouchedQuestion): Promise<boolean> {
    const before = expected(question)
    const answers = await askAll(question)
    const others = answers.filter((answer) => !saysTheSame(answer, before))
    if (others.length === 0) return true
    const after = expected(question)
    return others.every((answer) => saysTheSame(answer, after))
  }

  async function isUp(zone: string, state: ZoneState, touched: readonly TouchedQuestion[]): Promise<boolean> {
    const have = store.get(zone)?.header.state
    // An operator has taken the zone back: what was to be answered is gone, and what is there is asked for by itself.
    if (have !== undefined && compareStates(have, state) < 0) return true
    if (have === undefined) return false
    if (touched.length === 0) return isSoaAnswered(zone)
    const questions = touched.slice(0, budget(touched.length))
    const answers = await Promise.all([isSoaAnswered(zone), ...questions.map(isAnswered)])
    return answers.every(Boolean)
  }

  return async (zone, state, touched) => {
    for (let attempt = 0; ; attempt++) {
      try {
        if (await inTurn(() => isUp(zone, state, touched))) return clock.now()
        if (attempt > 0) log.warn({ zone, version: state.version }, 'the DNS server does not answer what the store has')
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error, zone }, 'the DNS server could not be asked')
      }
      signal.throwIfAborted()
      await sleep(backoff(attempt, { baseMs: 20, maxMs: 2_000 }) + 5, undefined, { signal })
    }
  }
}

const nobody = { host: '', port: 0 }

/** True for an authoritative answer of this SOA and nothing else. */
function isSoaAlone({ rcode, aa, answers, authorities }: Message, soa: RR): boolean {
  return rcode === RCODE.NOERROR && aa && authorities.length === 0 && areEqual(answers, [soa])
}

/** Compares code, flag, answers and authorities; additional RRs are what fits. */
function saysTheSame(a: Message, b: Message): boolean {
  // Mostly they are equal octet for octet, which needs no rendering.
  const isEqual = a.rcode === b.rcode && a.aa === b.aa && areEqual(a.answers, b.answers) && areEqual(a.authorities, b.authorities)
  return isEqual || compareBytes(canonical(a), canonical(b)) === 0
}

function areEqual(a: readonly RR[], b: readonly RR[]): boolean {
  return a.length === b.length && a.every((rr, at) => isSame(rr, b[at] as RR))
}

function isSame(a: RR, b: RR): boolean {
  return a.type === b.type && a.ttl === b.ttl && compareBytes(a.owner, b.owner) === 0 && compareBytes(a.rdata, b.rdata) === 0
}

function canonical({ rcode, aa, answers, authorities, questions }: Message): Uint8Array {
  const flags = { qr: true, opcode: 0, tc: false, rd: false, ra: false, ad: false, cd: false }
  return encodeMessage({ id: 0, ...flags, aa, rcode: rcode & 0xf, questions, answers, authorities, additionals: [] }).bytes
}
