/** `zonectl edge reset`: an edge that holds a version which was never committed goes back to the newest one that was. */
import { Code, ConnectError } from '@connectrpc/connect'
import type { ResetFlags } from '../commands/edge.ts'
import { unavailableError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { stateJson } from '../output/json.ts'
import { fields } from '../output/table.ts'
import type { Run } from '../run.ts'

export async function edgeReset(run: Run, [edgeId = '', zone = '']: string[], flags: ResetFlags): Promise<void> {
  const { force = false, reason } = flags
  const api = await run.api()
  const name = zoneName(zone)
  await run.confirm(`Have ${edgeId} give up what it holds of ${name} for what was committed?`)
  const asked = api.registry.resetZone({ edgeId, zone: name, force, ...(reason && { reason }) })
  const { had, has } = await asked.catch((error: unknown) => {
    throw isLate(error)
      ? unavailableError(`edge ${edgeId} has not answered; what it serves is unchanged unless it still does`)
      : error
  })
  const json = { edgeId, zone: name.toLowerCase(), had: had ? stateJson(had) : null, has: has ? stateJson(has) : null }
  await run.emit(json, () => fields({ edge: edgeId, zone: json.zone, had: placeText(json.had), has: placeText(json.has) }))
}

function isLate(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.DeadlineExceeded
}

function placeText(state: ReturnType<typeof stateJson> | null): string {
  if (state === null) return 'nothing'
  const { generation, version, serial, deleted } = state
  return deleted ? `deleted at version ${version}` : `version ${version}, serial ${serial}, generation ${generation}`
}
