/** A response held against what is wanted of it. */
import type { Reply } from './ask.ts'
import type { Want } from './behaviour.ts'

/** Where a response is another than wanted: a line each, empty when it is as it should be. */
export function mismatches(reply: Reply, want: Want, apex: string): string[] {
  const soa = `${apex} 60 SOA ns1.${apex} hostmaster.${apex} 42 3600 900 604800 60`
  const expand = (lines: readonly string[]) => lines.map((line) => (line === 'SOA' ? soa : line.replaceAll('%', apex))).toSorted()
  const found: string[] = []
  const check = (what: string, actual: string, wanted: string | undefined) => {
    if (wanted !== undefined && actual !== wanted) found.push(`${what}: ${actual || 'nothing'} instead of ${wanted || 'nothing'}`)
  }
  check('rcode', reply.rcode, want.rcode ?? 'NOERROR')
  check('flags', reply.flags, want.flags ?? 'aa')
  check('opcode', reply.opcode, want.opcode)
  check('answer', reply.answer.join('; '), expand(want.answer ?? []).join('; '))
  check('authority', reply.authority.join('; '), expand(want.authority ?? []).join('; '))
  check('additional', reply.additional.join('; '), want.additional && expand(want.additional).join('; '))
  check(
    'question',
    reply.question.join('; '),
    want.question && want.question.map((line) => line.replaceAll('%', apex)).join('; '),
  )
  check('edns', ednsText(reply), want.edns)
  return found
}

function ednsText({ edns }: Reply): string {
  return edns ? [edns.version, edns.flags, ...edns.options].filter((part) => part !== '').join(' ') : 'none'
}
