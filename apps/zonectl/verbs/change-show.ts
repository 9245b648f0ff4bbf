/** `zonectl change show`: a change, and how far each edge is with it. */
import { changeText } from '../output/change-view.ts'
import { progressJson } from '../output/json.ts'
import type { Run } from '../run.ts'

export async function changeShow(run: Run, [changeId = '']: string[]): Promise<void> {
  const api = await run.api()
  const { change, edges, stage } = await api.changes.getChange({ changeId })
  const progress = progressJson(change!, stage, edges)
  await run.emit(progress, () => changeText(progress))
}
