/** Whether a claim holds in the results, and the numbers that say so. */
import { ours, type Row } from '../results.ts'
import type { Check, Claim, Reference } from './commentary.ts'
import { plain, times, withUnit } from './number-text.ts'
import { label } from './svg.ts'

export interface Verdict {
  /** Undefined where the results do not have the figures. */
  readonly holds: boolean | undefined
  readonly text: string
}

export type ClaimVerdict = 'holds' | 'does not hold' | 'holds in part' | 'not measured'

export function judge(
  claim: Claim,
  rows: readonly Row[],
): { readonly word: ClaimVerdict; readonly verdicts: readonly Verdict[] } {
  const verdicts = claim.checks.flatMap((check) => judgeCheck(check, rows))
  const known = verdicts.filter(({ holds }) => holds !== undefined)
  const held = known.filter(({ holds }) => holds).length
  if (known.length === 0) return { word: 'not measured', verdicts }
  return { word: held === verdicts.length ? 'holds' : held === 0 ? 'does not hold' : 'holds in part', verdicts }
}

function judgeCheck(check: Check, rows: readonly Row[]): Verdict[] {
  if ('aheadIn' in check) return check.aheadIn.map((group) => ahead(group, check.figure, check.variant, rows))
  const { of, over, most, least } = check
  const row = rowOf(of, rows)
  const divisor = over && rowOf(over, rows)
  const what = `${of.group}, ${named(of)}${of.figure}${over ? ` to ${differs(of, over)}` : ''}`
  if (row === undefined || (over && divisor === undefined)) return [{ holds: undefined, text: `${what}: not in these results` }]
  const value = divisor ? row.best / divisor.best : row.best
  const holds = (most === undefined || value <= most) && (least === undefined || value >= least)
  const show = (number: number) => (divisor ? times(number) : withUnit(number, row.unit))
  const bound = most === undefined ? `at least ${show(least!)}` : `at most ${show(most)}`
  return [{ holds, text: `${what}: **${show(value)}** (${bound})` }]
}

const named = ({ system = ours, variant }: Reference): string =>
  system === ours && variant === undefined ? '' : `${label({ system, variant: variant ?? '' })}, `

/** What tells the second figure from the first. */
function differs(of: Reference, over: Reference): string {
  const parts = [
    over.group === of.group ? '' : over.group,
    (over.system ?? ours) === (of.system ?? ours) && over.variant === of.variant
      ? ''
      : label({ system: over.system ?? ours, variant: over.variant ?? '' }),
    over.figure === of.figure ? '' : over.figure,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** A system may be named without its version. */
function rowOf({ group, system = ours, variant, figure }: Reference, rows: readonly Row[]): Row | undefined {
  const isMeant = (row: Row) => row.system === system || row.system.startsWith(`${system} `)
  const isFigure = (row: Row) => row.group === group && row.figure === figure && (variant ?? row.variant) === row.variant
  return rows.find((row) => isFigure(row) && isMeant(row))
}

function ahead(group: string, figure: string, variant: string | undefined, rows: readonly Row[]): Verdict {
  const { before, behind } = standing(group, figure, rows, variant)
  const what = `${group}, ${figure}`
  if (before.length + behind.length === 0) return { holds: undefined, text: `${what}: not in these results` }
  return { holds: behind.length === 0, text: `${what}: ${standingText({ before, behind })}` }
}

export interface Standing {
  /** Rows that ours is ahead of, or level with. */
  readonly before: readonly Row[]
  readonly behind: readonly Row[]
}

/** Who is before us and who behind in a group: rows of others that have a ratio to ours. */
export function standing(group: string, figure: string, rows: readonly Row[], variant?: string): Standing {
  const others = rows.filter(
    (row) =>
      row.group === group &&
      row.figure === figure &&
      row.system !== ours &&
      row.ratio !== undefined &&
      (variant ?? row.variant) === row.variant,
  )
  return { before: others.filter(({ ratio }) => ratio! >= 1), behind: others.filter(({ ratio }) => ratio! < 1) }
}

export function standingText({ before, behind }: Standing): string {
  const all = before.length + behind.length
  const least = before.toSorted((a, b) => a.ratio! - b.ratio!)[0]
  const lead = least ? `, ${times(least.ratio!)} ahead of the next, ${label(least)}` : ''
  if (behind.length === 0) return `ahead of ${all === 1 ? 'the other' : `all ${all} others`}${lead}`
  const who = behind
    .toSorted((a, b) => a.ratio! - b.ratio!)
    .map((row) => `${label(row)} (${plain(1 / row.ratio!)} × better than ours)`)
  return `ahead of ${before.length} of ${all}; **behind** ${who.join(', ')}`
}
