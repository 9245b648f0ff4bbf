/** `zonectl query`: a DNS question by our own client, printed as dig prints it. */
import { type Message, parseName, typeFromText } from '@zonecast/dns'
import { DnsQueryError, dnsQuery } from '@zonecast/dns-net'
import type { QueryFlags } from '../commands/edge.ts'
import { unavailableError, usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { answerJson, answerText, shortText } from '../output/dns-answer.ts'
import type { Run } from '../run.ts'

export async function query(run: Run, [name = '', type = 'A']: string[], flags: QueryFlags): Promise<void> {
  const server = flags.server ?? edgeAddress(run, flags.edge)
  const question = { name: nameOf(name), type: typeOf(type) }
  const { dnssec: dnssecOk = false, tcp = false, timeout: timeoutMilliseconds } = flags
  const begin = performance.now()
  const message = await ask({ server, ...question, dnssecOk, tcp, ...(timeoutMilliseconds && { timeoutMilliseconds }) })
  const asked = { ...question, server, ms: performance.now() - begin }
  if (flags.short && run.format === 'table') return run.print(shortText(message))
  await run.emit(answerJson(message, asked), () => answerText(message, asked))
}

async function ask(question: Parameters<typeof dnsQuery>[0]): Promise<Message> {
  try {
    return await dnsQuery(question)
  } catch (error) {
    if (error instanceof DnsQueryError)
      throw unavailableError(error.message, ['is the edge running? "npx zonectl edge status" asks it'])
    throw error
  }
}

function edgeAddress(run: Run, edgeId: string | undefined): { host: string; port: number } {
  const { edges } = run.requireContext()
  const edge = edges.find((known) => edgeId === undefined || known.edgeId === edgeId)
  const [address] = edge?.dns ?? []
  if (address) return address
  throw usageError(
    `${run.dataFolder} has no edge ${edgeId ?? 'that answers DNS'}: it has ${edges.map((known) => known.edgeId).join(', ')}`,
  )
}

function nameOf(text: string) {
  const name = zoneName(text)
  try {
    return parseName(name)
  } catch (error) {
    throw usageError(`${text} is no domain name: ${(error as Error).message}`)
  }
}

function typeOf(text: string): number {
  const type = typeFromText(text)
  if (type === undefined) throw usageError(`${text} is no RR type: use a mnemonic, or TYPEnnn (RFC 3597 §5)`)
  return type
}
