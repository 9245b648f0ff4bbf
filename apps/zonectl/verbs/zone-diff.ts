/** `zonectl zone diff`: what lies between two versions, as it comes. */
import type { DiffFlags } from '../commands/history.ts'
import { EXIT } from '../failure.ts'
import { zoneName } from '../names.ts'
import { printable } from '../output/text.ts'
import type { Run } from '../run.ts'
import { versionArgument } from '../values.ts'

export async function zoneDiff(run: Run, [zone = '', from, to]: string[], { exitCode }: DiffFlags): Promise<void> {
  const api = await run.api()
  const parts = api.history.diffVersions({
    zone: zoneName(zone),
    fromVersion: versionArgument(from),
    toVersion: versionArgument(to),
  })
  const isJson = run.format === 'json'
  let lines = 0
  let settings = false
  for await (const part of parts) {
    if (part.from && part.to) {
      settings = part.settingsDiffer
      const head = `version ${part.from.version} to ${part.to.version}`
      run.talk(settings ? `${head}; settings differ, too` : head)
    }
    for (const { added, text } of part.differences) {
      const json = JSON.stringify({ do: added ? 'add' : 'remove', record: text })
      await run.print(isJson ? `${lines === 0 ? '[' : ','}\n  ${json}` : `${added ? '+' : '-'} ${printable(text)}\n`)
      lines++
    }
  }
  if (isJson) await run.print(lines === 0 ? '[]\n' : '\n]\n')
  else if (lines === 0) run.talk('no records differ')
  if (exitCode && (lines > 0 || settings)) run.endWith(EXIT.differences)
}
