/** Change sets for tests: steps from short lines, and what planning says of them. */
import { parseName, parseRDATAText, typeFromText, type Violation } from '@zonecast/dns'
import type { ChangeOp } from './change-op.ts'
import { type ChangePlan, planChanges, type PlanOptions } from './change-set.ts'
import { parseRRs, viewOf } from './test-zone.ts'
import type { ZoneView } from './view.ts'

const origin = parseName('example.com.')
const zone = zoneOf(`
@        SOA   ns1 host 7 3600 600 86400 7200
@        NS    ns1
@        NS    ns.example.net.
ns1      A     192.0.2.1
www      300 A 192.0.2.2
www      300 A 192.0.2.3
alias    CNAME www
Mixed    TXT   "Text"
mx       MX    10 Mail.example.com.
dn       DNAME example.net.
sub      NS    ns.sub
ns.sub   A     192.0.2.5
a.b.deep TXT   x
*.wild   A     192.0.2.6
key      KEY   0 3 8 AAAA`)
const rrsetCount = 15

/** The zone example.com. as a file has it. */
export function zoneOf(text: string): ZoneView {
  return viewOf(parseRRs(text, 'example.com.'))
}

/** Steps from lines such as `put www 60 A 192.0.2.1 192.0.2.2`: kind, name, TTL or `-`, type, values. */
function steps(lines: readonly string[]): ChangeOp[] {
  return lines.map((line, i) => {
    const [kind, name, ttl, mnemonic, ...rest] = line.split(' ')
    const owner = name === '@' ? origin : parseName(name!, origin)
    const type = typeFromText(mnemonic!)!
    const field = `changes[${i}].${kind}`
    if (kind === 'delete') return { kind, owner, type, field }
    const isAddress = mnemonic === 'A' || mnemonic === 'AAAA'
    const texts = isAddress ? rest : rest.length > 0 ? rest.join(' ').split(' | ') : []
    const rdatas = texts.map((text) => (text === 'bad' ? new Uint8Array(3) : parseRDATAText(type, text, origin)))
    if (kind === 'remove') return { kind, owner, type, rdatas, field }
    return { kind: kind as 'put' | 'add', owner, type, rdatas, field, ...(ttl === '-' ? {} : { ttl: Number(ttl) }) }
  })
}

/** Where and how lines are planned; on the zone above by default. */
export interface Planning extends Partial<PlanOptions> {
  readonly view?: ZoneView
}

function planned(lines: readonly string[], { view = zone, ...more }: Planning = {}) {
  return planChanges(view, steps(lines), { defaultTtl: 3600, rrsetCount, ...more })
}

/** What the lines come to, where nothing is refused. */
export function plan(lines: readonly string[], planning?: Planning): ChangePlan {
  const result = planned(lines, planning)
  if ('violations' in result) throw new Error(result.violations.map(({ message }) => message).join('; '))
  return result
}

export function violations(lines: readonly string[], planning?: Planning): readonly Violation[] {
  const result = planned(lines, planning)
  return 'violations' in result ? result.violations : []
}

/** What is refused, as `changes[0].put CNAME_CONFLICT`. */
export function refusals(lines: readonly string[], planning?: Planning): string[] {
  return violations(lines, planning).map(({ field, reason }) => `${field} ${reason}`)
}

/** What is warned of, as `GLUE_MISSING ns.example.com.`. */
export function warnings(lines: readonly string[], planning?: Planning): string[] {
  return plan(lines, planning).warnings.map(({ reason, subject }) => `${reason} ${subject}`)
}
