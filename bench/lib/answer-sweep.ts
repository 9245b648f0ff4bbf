/** Asks many questions until each is answered as wanted: as fast as answers come, and with pauses where none comes. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeQuestion, type Address } from '@zonecast/dns-net'
import { equalBytes, parseMessage, parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { monotonicMs, type Wanted } from './poller.ts'

const inFlight = 64
const lostAfterMs = 250
/** After a burst of which nothing was right. */
const pauseMs = 5

/** Resolves with the moment of the last right answer, in ms of `monotonicMs`; rejects with some of what is missing after `timeoutMs`. */
export async function sweepAnswers(server: Address, wanted: readonly Wanted[], timeoutMs: number): Promise<number> {
  const { doneAt, missing } = await sweep(server, wanted, timeoutMs)
  if (missing.length === 0) return doneAt
  const some = missing.slice(0, 5).map(({ name, type, value }) => `${name} ${type} ${value}`)
  throw new Error(`${missing.length} of ${wanted.length} answers are missing after ${timeoutMs / 1000} s: ${some.join(', ')}`)
}

/** What is still not answered as wanted after `timeoutMs`. */
export async function missingAnswers(server: Address, wanted: readonly Wanted[], timeoutMs: number): Promise<readonly Wanted[]> {
  return (await sweep(server, wanted, timeoutMs)).missing
}

interface Sweep {
  readonly doneAt: number
  readonly missing: readonly Wanted[]
}

async function sweep(server: Address, wanted: readonly Wanted[], timeoutMs: number): Promise<Sweep> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  socket.connect(server.port, server.host)
  await once(socket, 'connect')
  const until = monotonicMs() + timeoutMs
  let open = [...wanted]
  try {
    while (open.length > 0 && monotonicMs() < until) {
      const burst = open.slice(0, inFlight)
      const right = await askBurst(socket, burst)
      // What is missing is asked for again when all others have been.
      open = [...open.slice(inFlight), ...burst.filter((_, index) => !right.has(index))]
      if (right.size === 0) await sleep(pauseMs)
    }
    return { doneAt: monotonicMs(), missing: open }
  } finally {
    socket.close()
  }
}

let rounds = 0

/** The questions that were answered rightly, by their index. */
function askBurst(socket: Socket, burst: readonly Wanted[]): Promise<Set<number>> {
  // Ids of one burst do not meet late answers to the last.
  const base = (rounds++ % 1023) * inFlight
  const right = new Set<number>()
  const replied = new Set<number>()
  return new Promise((resolve) => {
    const timer = setTimeout(done, lostAfterMs)
    function done(): void {
      clearTimeout(timer)
      socket.off('message', take)
      resolve(right)
    }
    function take(reply: Buffer): void {
      const index = reply.readUInt16BE(0) - base
      const asked = burst[index]
      if (asked === undefined || replied.has(index)) return
      replied.add(index)
      if (isRight(reply, asked)) right.add(index)
      if (replied.size === burst.length) done()
    }
    socket.on('message', take)
    for (const [index, { name, type }] of burst.entries()) {
      socket.send(
        encodeQuestion({ server: { host: '', port: 0 }, name: parseName(name), type: typeFromText(type)! }, base + index),
      )
    }
  })
}

function isRight(reply: Uint8Array, { type, value }: Wanted): boolean {
  const rdata = parseRDATAText(typeFromText(type)!, value, parseName('.'))
  return parseMessage(reply).answers.some((rr) => rr.type === typeFromText(type) && equalBytes(rr.rdata, rdata))
}
