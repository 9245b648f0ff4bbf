/** Steps of changes between the messages of the contract and what the zone API keeps. */
import { create } from '@bufbuild/protobuf'
import { required, timeFromMessage, timeToMessage } from '@zonecast/contract'
import {
  type StateSteps as StateStepsMessage,
  StateStepsSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import type { StateSteps } from '../progress/traces.ts'

export function stepsFromMessage({ zone, generation, version, steps }: StateStepsMessage): StateSteps {
  const spans = steps.map(({ step, program, edgeId, startedAt, endedAt }) => {
    const startMs = timeFromMessage(required(startedAt, 'StepSpan.started_at'))
    return { step, program, edgeId, startMs, endMs: endedAt ? timeFromMessage(endedAt) : startMs }
  })
  return { zone, generation, version, steps: spans }
}

export function stepsToMessage({ zone, generation, version, steps }: StateSteps): StateStepsMessage {
  const spans = steps.map(({ startMs, endMs, ...span }) => {
    return { ...span, startedAt: timeToMessage(startMs), endedAt: timeToMessage(endMs) }
  })
  return create(StateStepsSchema, { zone, generation, version, steps: spans })
}
