/** `zonectl whoami`: who a credential belongs to. */
import { fields } from '../output/table.ts'
import type { Run } from '../run.ts'

export async function whoami(run: Run): Promise<void> {
  const api = await run.api()
  const { principal } = await api.access.whoAmI({})
  const { name = '', role = '', permissions = [], edgeId = '', placements = [] } = principal ?? {}
  const shown = { name, role, permissions, ...(edgeId && { edgeId, placements }) }
  await run.emit(shown, () =>
    fields({ name, role, permissions: permissions.join(' '), edge: edgeId, placements: placements.join(' ') }),
  )
}
