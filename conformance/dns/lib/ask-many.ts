/** Thousands of questions to one server over one TCP connection. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { CLASS, encodeMessage, formatRR, parseMessage, type Message, type Name, type RR } from '@zonecast/dns'
import { type Address } from '@zonecast/dns-net'

export interface Asked {
  readonly name: Name
  readonly type: number
  readonly dnssecOk: boolean
}

/** Questions on their way at once: what any server takes in one go. */
const window = 64

/** The responses, in the order of the questions. */
export async function askMany({ host, port }: Address, questions: readonly Asked[]): Promise<Message[]> {
  const socket = connect({ host, port, noDelay: true })
  await once(socket, 'connect')
  const answers: Message[] = []
  let sent = 0
  let received = 0
  let held = Buffer.alloc(0)
  const sendMore = () => {
    const frames: Uint8Array[] = []
    while (sent < questions.length && sent - received < window) frames.push(framed(questions[sent]!, sent++))
    if (frames.length > 0) socket.write(Buffer.concat(frames))
  }
  sendMore()
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const message = parseMessage(held.subarray(2, 2 + held.readUInt16BE(0)))
      held = held.subarray(2 + held.readUInt16BE(0))
      // Answers may come out of order (RFC 7766 §7); fewer are on their way than ids come round.
      const index = received - (((received - message.id) << 16) >> 16)
      answers[index] = message
      received++
    }
    if (received === questions.length) break
    sendMore()
  }
  socket.destroy()
  if (received < questions.length) throw new Error(`${host}:${port} closed after ${received} of ${questions.length} answers`)
  return answers
}

function framed({ name, type, dnssecOk }: Asked, index: number): Uint8Array {
  const flags = { qr: false, opcode: 0, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false, rcode: 0 }
  const sections = { questions: [{ name, type, class: CLASS.IN }], answers: [], authorities: [], additionals: [] }
  const edns = { udpSize: 1232, version: 0, doBit: dnssecOk, options: [] }
  const { bytes } = encodeMessage({ id: index & 0xffff, ...flags, ...sections, edns })
  return Buffer.concat([Buffer.of(bytes.length >>> 8, bytes.length & 0xff), bytes])
}

/** What two servers must agree on: RCODE, AA and the RRs of each section, in any order, whatever their case. */
export function essence({ rcode, aa, answers, authorities, additionals }: Message): string[] {
  const lines = (section: string, rrs: readonly RR[]) =>
    rrs.map((rr) => `${section} ${formatRR(rr).replaceAll(/\s+/g, ' ').toLowerCase()}`).toSorted()
  return [
    `rcode ${rcode}`,
    `aa ${aa}`,
    ...lines('answer', answers),
    ...lines('authority', authorities),
    ...lines('additional', additionals),
  ]
}
