/** `zonectl edge expect`, `drain` and `retire`: whether changes wait for an edge. */
import { EdgeState } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import type { ReasonFlags } from '../commands/define.ts'
import type { Run } from '../run.ts'
import { edgeJson, edgeTable } from './edge-list.ts'

export type NewState = 'expected' | 'draining' | 'retired'

const states = { expected: EdgeState.EXPECTED, draining: EdgeState.DRAINING, retired: EdgeState.RETIRED }

export async function edgeState(run: Run, [edgeId = '']: string[], state: NewState, { reason }: ReasonFlags): Promise<void> {
  const api = await run.api()
  if (state === 'retired') await run.confirm(`Retire ${edgeId}? No change will wait for it, not even those of before.`)
  const { edge } = await api.registry.setEdgeState({ edgeId, state: states[state], ...(reason && { reason }) })
  await run.emit(edgeJson(edge!), () => edgeTable([edge!]))
  if (state === 'retired' && edge!.connected)
    run.talk(
      `note: ${edgeId} still follows a publisher, and goes on serving until it is stopped and its credential is taken away`,
    )
}
