/** What a dry run would do, RR by RR. */
import { create } from '@bufbuild/protobuf'
import { type PlannedRR, PlannedRRSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { decodeRR, formatRR } from '@zonecast/dns'
import { type Delta, unpackRRs } from '@zonecast/zone'

const mostPlannedRRs = 1000

/** Zone by zone, as much as an answer has room for; half of the room is for what comes, so that what goes does not hide it. */
export function plannedRRs(plans: readonly Delta[]): PlannedRR[] {
  const planned: PlannedRR[] = []
  for (const plan of plans) {
    const room = mostPlannedRRs - planned.length
    const [removed, added] = [unpackRRs(plan.removed), unpackRRs(plan.added)]
    const goes = removed.slice(0, Math.max(Math.floor(room / 2), room - added.length))
    planned.push(...goes.map((stored) => plannedRR(stored, false)))
    planned.push(...added.slice(0, room - goes.length).map((stored) => plannedRR(stored, true)))
  }
  return planned
}

function plannedRR(stored: Uint8Array, isAdded: boolean): PlannedRR {
  return create(PlannedRRSchema, { added: isAdded, text: formatRR(decodeRR(stored)) })
}
