/** A DNS message as dig prints it, and as JSON. */
import { formatName, formatRDATA, type Message, type Name, OPCODE, RCODE, type RR, typeToText } from '@zonecast/dns'
import { groupDigits } from './text.ts'

export interface Asked {
  readonly name: Name
  readonly type: number
  readonly server: { readonly host: string; readonly port: number }
  readonly ms: number
}

const flagNames = ['qr', 'aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const

export function answerText(message: Message, { name, type, server, ms }: Asked): string {
  const { id, opcode, rcode, answers, authorities, additionals, edns } = message
  const flags = flagNames.filter((flag) => message[flag]).join(' ')
  const counts = `QUERY: ${message.questions.length}, ANSWER: ${answers.length}, AUTHORITY: ${authorities.length}, ADDITIONAL: ${additionals.length + (edns ? 1 : 0)}`
  return [
    `;; ->>HEADER<<- opcode: ${nameOf(OPCODE, opcode)}, status: ${nameOf(RCODE, rcode)}, id: ${id}`,
    `;; flags: ${flags}; ${counts}`,
    ...(edns ? [`;; EDNS: version: ${edns.version}, flags:${edns.doBit ? ' do' : ''}; udp: ${edns.udpSize}`] : []),
    '',
    ';; QUESTION SECTION:',
    `;${formatName(name)}\tIN\t${typeToText(type)}`,
    ...section('ANSWER', answers),
    ...section('AUTHORITY', authorities),
    ...section('ADDITIONAL', additionals),
    '',
    `;; Query time: ${ms.toFixed(1)} msec`,
    `;; SERVER: ${serverText(server)}`,
    '',
  ].join('\n')
}

/** The RDATA of the answers alone. */
export function shortText({ answers }: Message): string {
  return answers.map(({ type, rdata }) => `${formatRDATA(type, rdata)}\n`).join('')
}

export function answerJson(message: Message, { name, type, server, ms }: Asked) {
  const { rcode, aa, tc, answers, authorities, additionals } = message
  return {
    question: { name: formatName(name), type: typeToText(type) },
    server: serverText(server),
    rcode: nameOf(RCODE, rcode),
    authoritative: aa,
    truncated: tc,
    answers: answers.map(rrJson),
    authorities: authorities.map(rrJson),
    additionals: additionals.map(rrJson),
    queryMs: Number(ms.toFixed(3)),
  }
}

function rrJson({ owner, ttl, type, rdata }: RR) {
  return { name: formatName(owner), ttl, type: typeToText(type), value: formatRDATA(type, rdata) }
}

/** Owner names, TTLs and types stand below each other. */
function section(title: string, rrs: readonly RR[]): string[] {
  if (rrs.length === 0) return []
  const width = Math.max(...rrs.map(({ owner }) => formatName(owner).length)) + 1
  const lines = rrs.map(
    ({ owner, ttl, type, rdata }) =>
      `${formatName(owner).padEnd(width)}\t${ttl}\tIN\t${typeToText(type)}\t${formatRDATA(type, rdata)}`,
  )
  return ['', `;; ${title} SECTION:`, ...lines]
}

function serverText({ host, port }: Asked['server']): string {
  return `${host}#${port}`
}

function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(table).find(([, number]) => number === value)?.[0] ?? groupDigits(value)
}
