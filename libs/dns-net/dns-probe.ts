/** A DNS client that asks one server often, over one UDP socket. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { parseMessage, type Message } from '@zonecast/dns'
import { dnsQuery, DnsQueryError, encodeQuestion, isAnswerTo, type DnsQuestion } from './dns-client.ts'
import type { Address } from './dns-server.ts'

export interface DnsProbe {
  /** Like `dnsQuery`, and over TCP where the answer over UDP was truncated. */
  ask(question: Omit<DnsQuestion, 'server' | 'tcp'>): Promise<Message>
  close(): void
}

interface Waiting {
  readonly question: DnsQuestion
  readonly resolve: (message: Message) => void
}

const timeoutMilliseconds = 1000
const largestIds = 0x10000

/** Opens the socket. It does not keep the process alive. */
export async function createDnsProbe(server: Address): Promise<DnsProbe> {
  const socket: Socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
  const waiting = new Map<number, Waiting>()
  let lastId = 0

  socket.on('message', (reply) => {
    const waiter = waiting.get(reply.length < 2 ? -1 : reply.readUInt16BE(0))
    if (waiter === undefined) return
    const message = parseMessage(reply)
    if (isAnswerTo(message, message.id, waiter.question)) waiter.resolve(message)
  })
  socket.on('error', () => {}) // what was not delivered times out
  socket.connect(server.port, server.host)
  await once(socket, 'connect')
  socket.unref()

  async function askUdp(question: DnsQuestion): Promise<Message> {
    do lastId = (lastId + 1) % largestIds
    while (waiting.has(lastId))
    const id = lastId
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Message>((resolve, reject) => {
        waiting.set(id, { question, resolve })
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
      const question = { ...asked, server }
      const message = await askUdp(question)
      return message.tc ? dnsQuery({ ...question, tcp: true }) : message
    },
    close: () => void socket.close(),
  }
}
