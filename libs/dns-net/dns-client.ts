/** A DNS client for one question to one server. */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { CLASS, encodeMessage, equalNames, OPCODE, parseMessage, RCODE, type Message, type Name } from '@zonecast/dns'
import type { Address } from './address.ts'
import { frame, TcpFrames } from './tcp-frames.ts'

export interface DnsQuestion {
  readonly server: Address
  readonly name: Name
  readonly type: number
  readonly dnssecOk?: boolean
  /** Ask over TCP at once; otherwise only after a truncated answer. */
  readonly tcp?: boolean
  readonly timeoutMilliseconds?: number
  /** EDNS buffer size; 0 sends no OPT. */
  readonly udpSize?: number
}

/** No answer came in time, or the server could not be reached. */
export class DnsQueryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DnsQueryError'
  }
}

const defaultTimeout = 5000
const defaultUdpSize = 1232

/** Asks over UDP, and again over TCP when the answer was truncated (RFC 7766 §5). Rejects with `DnsQueryError`. */
export async function dnsQuery(question: DnsQuestion): Promise<Message> {
  if (question.tcp) return askTcp(question)
  const answer = await askUdp(question)
  return answer.tc ? askTcp(question) : answer
}

/** The octets of a question. */
export function encodeQuestion({ name, type, dnssecOk = false, udpSize = defaultUdpSize }: DnsQuestion, id: number): Uint8Array {
  const flags = { qr: false, opcode: OPCODE.QUERY, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false }
  const sections = { questions: [{ name, type, class: CLASS.IN }], answers: [], authorities: [], additionals: [] }
  const edns = udpSize > 0 ? { edns: { udpSize, version: 0, doBit: dnssecOk, options: [] } } : {}
  return encodeMessage({ id, ...flags, rcode: RCODE.NOERROR, ...sections, ...edns }).bytes
}

/** True for a response to our question: same id, and same question where it has one. */
export function isAnswerTo(message: Message, id: number, { name, type }: DnsQuestion): boolean {
  if (!message.qr || message.id !== id) return false
  const [asked] = message.questions
  return asked === undefined || (asked.type === type && equalNames(asked.name, name))
}

function askUdp(question: DnsQuestion): Promise<Message> {
  const { host, port } = question.server
  const id = randomInt(0x10000)
  const bytes = encodeQuestion(question, id)
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  return within(
    question,
    () => socket.close(),
    (resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (reply) => {
        try {
          const answer = parseMessage(reply)
          if (isAnswerTo(answer, id, question)) resolve(answer)
        } catch (error) {
          reject(error)
        }
      })
      socket.connect(port, host, () => socket.send(bytes, (error) => error && reject(error)))
    },
  )
}

function askTcp(question: DnsQuestion): Promise<Message> {
  const { host, port } = question.server
  const id = randomInt(0x10000)
  const bytes = encodeQuestion(question, id)
  const socket = connect({ host, port, noDelay: true })
  const frames = new TcpFrames()
  return within(
    question,
    () => socket.destroy(),
    (resolve, reject) => {
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed the connection')))
      socket.on('connect', () => socket.write(frame(bytes)))
      socket.on('data', (chunk) => {
        try {
          for (const reply of frames.push(chunk)) {
            const answer = parseMessage(reply)
            if (isAnswerTo(answer, id, question)) resolve(answer)
          }
        } catch (error) {
          reject(error)
        }
      })
    },
  )
}

type Ask = (resolve: (message: Message) => void, reject: (error: unknown) => void) => void

/** Runs a question with its deadline; `release` runs once, whatever happens. */
async function within(
  { server, timeoutMilliseconds = defaultTimeout }: DnsQuestion,
  release: () => void,
  ask: Ask,
): Promise<Message> {
  const where = `${isIPv6(server.host) ? `[${server.host}]` : server.host}:${server.port}`
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<Message>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMilliseconds} ms`)), timeoutMilliseconds)
      ask(resolve, reject)
    })
  } catch (error) {
    throw new DnsQueryError(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    clearTimeout(timer)
    release()
  }
}
