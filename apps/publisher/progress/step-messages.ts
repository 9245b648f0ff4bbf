/** Steps as they stand in a report. */
import { create } from '@bufbuild/protobuf'
import { timeToMessage } from '@zonecast/contract'
import {
  type StateSteps,
  StateStepsSchema,
  StepSpanSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import type { StepEntry } from './step-log.ts'

/** Steps of one state of a zone stand together. */
export function stepsToMessages(entries: readonly StepEntry[]): StateSteps[] {
  const states = new Map<string, StateSteps>()
  for (const { zone, generation, version, step, program, edgeId, startMs, endMs } of entries) {
    const key = `${generation} ${version} ${zone}`
    const state = states.get(key) ?? create(StateStepsSchema, { zone, generation, version })
    states.set(key, state)
    const times = { startedAt: timeToMessage(startMs), endedAt: timeToMessage(endMs) }
    state.steps.push(create(StepSpanSchema, { step, program, edgeId, ...times }))
  }
  return [...states.values()]
}
