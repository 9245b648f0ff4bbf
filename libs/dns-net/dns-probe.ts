/** A DNS client that asks one server often, over one UDP socket. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { parseMessage, type Message } from '@zonecast/dns'
import { dnsQuery, DnsQueryError, encodeQuestion, isAnswerTo, type DnsQuestion } from './dns-client.ts'
import type { Address } from './address.ts'

export interface DnsProbe {
  /** Like `dnsQuery`, and over TCP where the answer over UDP was truncated. Rejects with `DnsQueryError`. */
  ask(question: Omit<DnsQuestion, 'server' | 'tcp'>): Promise<Message>
  /** Questions that are still open are rejected. */
  close(): void
}

interface Waiting {
  readonly question: DnsQuestion
  readonly resolve: (message: Message) => void
  readonly reject: (error: DnsQueryError) => void
}

const timeoutMilliseconds = 1000
const largestIds = 0x10000
/** Questions on their way at once: what the socket buffers of a usual kernel hold without loss, however large the answers. */
const atOnce = 64

/** Opens the socket. It does not keep the process alive. */
export async function createDnsProbe(server: Address): Promise<DnsProbe> {
  const socket: Socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
  const waiting = new Map<number, Waiting>()
  const queue: (() => void)[] = []
  let lastId = 0
  let asking = 0
  let closed = false

  socket.on('message', (reply) => {
    const waiter = waiting.get(reply.length < 2 ? -1 : reply.readUInt16BE(0))
    if (waiter === undefined) return
    try {
      const message = parseMessage(reply)
      if (isAnswerTo(message, message.id, waiter.question)) waiter.resolve(message)
    } catch (error) {
      waiter.reject(new DnsQueryError('the answer cannot be read', { cause: error }))
    }
  })
  // The kernel says that nobody listens there: then no answer comes.
  socket.on('error', (error) => failAll(new DnsQueryError(error.message, { cause: error })))
  socket.connect(server.port, server.host)
  await once(socket, 'connect')
  socket.unref()

  function failAll(error: DnsQueryError): void {
    for (const { reject } of waiting.values()) reject(error)
  }

  async function askUdp(question: DnsQuestion): Promise<Message> {
    do lastId = (lastId + 1) % largestIds
    while (waiting.has(lastId))
    const id = lastId
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Message>((resolve, reject) => {
        waiting.set(id, { question, resolve, reject })
        timer = setTimeout(() => reject(new DnsQueryError('no answer')), question.timeoutMilliseconds ?? timeoutMilliseconds)
        socket.send(encodeQuestion(question, id))
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
        const message = await askUdp(question)
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
      socket.close()
    },
  }
}
