/** What every command that changes something says of it. */
import type { ChangeEffect, PlannedRR, Warning } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { cachesText, effectLine, progressTable } from './output/change-view.ts'
import { effectJson, plannedJson, type ProgressJson, warningJson } from './output/json.ts'
import { fields } from './output/table.ts'
import { printable } from './output/text.ts'
import type { Run, WaitMode } from './run.ts'
import { waitForChange } from './wait.ts'

export interface Made {
  readonly changeId: string
  readonly effects: readonly ChangeEffect[]
  readonly warnings: readonly Warning[]
  readonly dryRun?: boolean
  readonly plan?: readonly PlannedRR[]
  /** More for `-o json`. */
  readonly json?: Readonly<Record<string, unknown>>
  /** More for the table. */
  readonly fields?: Readonly<Record<string, string | undefined>>
}

/** Prints the change at once, waits if that was asked for, and prints how it went. */
export async function reportChange(run: Run, made: Made, wait: WaitMode | undefined): Promise<void> {
  for (const { subject, message } of made.warnings)
    run.talk(printable(`warning: ${message.includes(subject) ? '' : `${subject}: `}${message}`))
  const isTable = run.format === 'table'
  if (isTable) await run.print(summary(made))
  const progress = wait && made.changeId !== '' ? await waitForChange(run, await run.api(), made.changeId, wait) : undefined
  if (isTable) {
    if (progress) await run.print(`\n${progressTable(progress.edges)}`)
    else if (made.changeId !== '') run.talk(`\nWatch it: npx zonectl change watch ${made.changeId}`)
    return
  }
  await run.emit(changeJson(made, progress), () => '')
}

function summary({ changeId, effects, dryRun = false, plan = [], fields: more = {} }: Made): string {
  const lines = plan.map(({ added, text }) => `${added ? '+' : '-'} ${printable(text)}\n`)
  const what = effects.map(effectJson)
  const [first = '', ...others] = what.map(effectLine)
  const further = Object.fromEntries(others.map((line, i) => [`zone ${i + 2}`, line]))
  const head = { ...(dryRun ? { 'would be': first } : { change: changeId, zone: first }), ...further }
  const caches = cachesText(what, Date.now())
  return `${lines.join('')}${lines.length > 0 ? '\n' : ''}${fields({ ...head, caches, ...more })}`
}

function changeJson({ changeId, effects, warnings, dryRun = false, plan, json = {} }: Made, progress: ProgressJson | undefined) {
  return {
    changeId: changeId === '' ? null : changeId,
    dryRun,
    effects: effects.map(effectJson),
    warnings: warnings.map(warningJson),
    ...(plan && { plan: plan.map(plannedJson) }),
    ...json,
    ...(progress && { progress }),
  }
}
