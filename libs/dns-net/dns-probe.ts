/** A DNS client that asks one server often: over one UDP socket, and over TCP where it asks much at once. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { parseMessage, type Message } from '@zonecast/dns'
import { dnsQuery, DnsQueryError, encodeQuestion, isAnswerTo, type DnsQuestion } from './dns-client.ts'
import type { Address } from './address.ts'
import { createPipeline } from './pipeline.ts'

export interface DnsProbe {
  /** Like `dnsQuery`, and over TCP where the answer over UDP was truncated. Rejects with `DnsQueryError`. */
  ask(question: Omit<DnsQuestion, 'server' | 'tcp'>): Promise<Message>
  /** Questions that are still open are rejected. */
  close(): void
}

interface Waiting {
  readonly question: DnsQuestion
  /** The question as it went over TCP: where that fails it goes over UDP. */
  piped: Uint8Array | undefined
  readonly resolve: (message: Message) => void
  readonly reject: (error: DnsQueryError) => void
}

const timeoutMilliseconds = 1000
const largestIds = 0x10000
/** Questions on their way at once: what the socket buffers of a usual kernel hold without loss, however large the answers. */
const atOnce = 64

/** So many open questions are sent at once and by themselves. What is asked beside them waits for the end of the turn of the event loop, */
const fewAtOnce = 4
/** and from so many on it goes in one write: a datagram is a call to the kernel at either side, for the question and for its answer. */
const manyAtOnce = 4

/** Opens the socket. It does not keep the process alive. */
export async function createDnsProbe(server: Address): Promise<DnsProbe> {
  const socket: Socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
  const waiting = new Map<number, Waiting>()
  const queue: (() => void)[] = []
  /** Ids that are asked for in this turn. */
  let fresh: number[] = []
  let lastId = 0
  let asking = 0
  let closed = false
  const pipeline = createPipeline({ server, onMessage: received, onEnd: again })

  function received(reply: Uint8Array): void {
    const waiter = waiting.get(reply.length < 2 ? -1 : (reply[0]! << 8) | reply[1]!)
    if (waiter === undefined) return
    try {
      const message = parseMessage(reply)
      if (isAnswerTo(message, message.id, waiter.question)) waiter.resolve(message)
    } catch (error) {
      waiter.reject(new DnsQueryError('the answer cannot be read', { cause: error }))
    }
  }

  socket.on('message', received)
  // The kernel says that nobody listens there: then no answer comes.
  socket.on('error', (error) => failAll(new DnsQueryError(error.message, { cause: error })))
  socket.connect(server.port, server.host)
  await once(socket, 'connect')
  socket.unref()

  function failAll(error: DnsQueryError): void {
    for (const { reject } of waiting.values()) reject(error)
  }

  /** What went over a connection that has ended goes over UDP. */
  function again(): void {
    if (closed) return
    for (const waiter of waiting.values()) {
      if (waiter.piped) socket.send(waiter.piped)
      waiter.piped = undefined
    }
  }

  function sendAll(): void {
    const waiters = fresh.map((id) => ({ id, waiter: waiting.get(id) }))
    fresh = []
    const questions: Uint8Array[] = []
    for (const { id, waiter } of waiters) {
      if (waiter === undefined || closed) continue
      const question = encodeQuestion(waiter.question, id)
      questions.push(question)
      if (waiters.length >= manyAtOnce) waiter.piped = question
    }
    if (waiters.length >= manyAtOnce && questions.length > 0) pipeline.write(questions)
    else for (const question of questions) socket.send(question)
  }

  async function ask(question: DnsQuestion): Promise<Message> {
    do lastId = (lastId + 1) % largestIds
    while (waiting.has(lastId))
    const id = lastId
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Message>((resolve, reject) => {
        waiting.set(id, { question, piped: undefined, resolve, reject })
        timer = setTimeout(() => reject(new DnsQueryError('no answer')), question.timeoutMilliseconds ?? timeoutMilliseconds)
        if (asking <= fewAtOnce) socket.send(encodeQuestion(question, id))
        else if (fresh.push(id) === 1) setImmediate(sendAll)
      })
    } finally {
      clearTimeout(timer)
      waiting.delete(id)
    }
  }

  return {
    ask: async (asked) => {
      if (asking >= atOnce) await new Promise<void>((next) => queue.push(next))
      asking++
      try {
        if (closed) throw new DnsQueryError('the client is closed')
        const question = { ...asked, server }
        const message = await ask(question)
        return message.tc ? await dnsQuery({ ...question, tcp: true }) : message
      } finally {
        asking--
        queue.shift()?.()
      }
    },
    close: () => {
      if (closed) return
      closed = true
      failAll(new DnsQueryError('the client is closed'))
      pipeline.close()
      socket.close()
    },
  }
}
