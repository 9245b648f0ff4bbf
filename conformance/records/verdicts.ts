/** The verdicts of all judges on the whole corpus, by few processes: good records of all types go to a judge in one zone. */
import { allCases, type Case, header } from './corpus.ts'
import { exceptionFor } from './exceptions.ts'
import { dnspython, judge, type JudgeName } from './judges.ts'
import { judgeOurselves } from './ours.ts'
import { linesOf, type Verdict } from './verdict.ts'

export const judgeNames: readonly JudgeName[] = ['named', 'knot', 'ldns', 'dnspython']

/** `true`, or in a sentence how the judge and we part. */
export type Agreement = true | string

/** By judge and case. dnspython has no say on what to refuse. */
export type Agreements = ReadonlyMap<JudgeName, ReadonlyMap<Case, Agreement>>

export const cases = allCases()
const headerLines = linesOf(judgeOurselves(header).rrs ?? [])

/** Whether a verdict is ours: the same records where the case is good, none of its records where it is not. */
function compare(name: JudgeName, verdict: Verdict, expected: readonly string[] | undefined): Agreement {
  const lines = verdict.rrs === undefined ? undefined : linesOf(verdict.rrs)
  if (expected === undefined) {
    // named drops what is out of the zone and says so; knot does too, and shows no records.
    const isDropped = name !== 'knot' && lines?.join('\n') === headerLines.join('\n')
    return lines === undefined || isDropped ? true : 'takes it'
  }
  if (lines === undefined) return `refuses it: ${verdict.message.trim()}`
  if (name === 'knot' || lines.join('\n') === expected.join('\n')) return true
  return `reads\n${lines.join('\n')}\nnot\n${expected.join('\n')}`
}

const expectedOf = ({ text, isGood }: Case) => (isGood ? linesOf(judgeOurselves(text).rrs ?? []) : undefined)

/** One zone of many records, each with an owner name of its own. */
export function zoneOfMany(records: readonly { readonly type: string; readonly rdata: string }[]): string {
  return header + records.map(({ type, rdata }, i) => `case${i} 300 IN ${type} ${rdata}\n`).join('')
}

function isBatchable(name: JudgeName, one: Case): one is Case & { type: string; rdata: string } {
  return one.isGood && one.type !== undefined && one.type !== 'SOA' && exceptionFor(name, one) === undefined
}

async function ask(name: Exclude<JudgeName, 'dnspython'>): Promise<Map<Case, Agreement>> {
  const result = new Map<Case, Agreement>()
  const batch = cases.filter((one) => isBatchable(name, one))
  const text = zoneOfMany(batch)
  const agreement = compare(name, await judge(name, text), linesOf(judgeOurselves(text).rrs ?? []))
  // Where they part on the batch, each case is asked by itself to find the one.
  const single = agreement === true ? cases.filter((one) => !isBatchable(name, one)) : cases
  for (const one of batch) result.set(one, true)
  await Promise.all(single.map(async (one) => result.set(one, compare(name, await judge(name, one.text), expectedOf(one)))))
  return result
}

async function askDnspython(): Promise<Map<Case, Agreement>> {
  const good = cases.filter((one) => one.isGood)
  const verdicts = await dnspython(good.map(({ text }) => text))
  return new Map(good.map((one, i) => [one, compare('dnspython', verdicts[i]!, expectedOf(one))]))
}

/** Asks every judge. */
export async function askAll(): Promise<Agreements> {
  const [named, knot, ldns, python] = await Promise.all([ask('named'), ask('knot'), ask('ldns'), askDnspython()])
  return new Map([
    ['named', named],
    ['knot', knot],
    ['ldns', ldns],
    ['dnspython', python],
  ])
}
