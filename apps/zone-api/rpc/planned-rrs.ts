/** What a dry run would do, RR by RR. */
import { create } from '@bufbuild/protobuf'
import { type PlannedRR, PlannedRRSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { decodeRR, formatRR } from '@zonecast/dns'
import { type Delta, unpackRRs } from '@zonecast/zone'

const mostPlannedRRs = 1000

/** Zone by zone, as much as an answer has room for. */
export function plannedRRs(plans: readonly Delta[]): PlannedRR[] {
  const planned = (packed: Uint8Array, isAdded: boolean) =>
    unpackRRs(packed)
      .slice(0, mostPlannedRRs)
      .map((stored) => create(PlannedRRSchema, { added: isAdded, text: formatRR(decodeRR(stored)) }))
  return plans.flatMap(({ removed, added }) => [...planned(removed, false), ...planned(added, true)]).slice(0, mostPlannedRRs)
}
