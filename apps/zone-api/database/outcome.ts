/** Outcomes as octets: what a repeated request is answered with, and what a change is remembered by. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { required, stateFromMessage, stateToMessage } from '@zonecast/contract'
import { type ChangeEffect as EffectMessage } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { ApplyChangesResponseSchema } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import type { ChangeEffect, CommitOutcome } from './zone-database.ts'

export function encodeOutcome({ changeId, effect, warnings }: CommitOutcome): Uint8Array {
  const message = create(ApplyChangesResponseSchema, {
    changeId,
    effects: [
      {
        zone: effect.zone,
        state: stateToMessage(effect.state),
        ...(effect.previous && { previous: stateToMessage(effect.previous) }),
        added: BigInt(effect.added),
        removed: BigInt(effect.removed),
        changed: effect.changed,
        oldTtl: effect.oldTtl,
      },
    ],
    warnings: warnings.map(({ subject, message: text, reason, rfc = '' }) => ({ subject, message: text, reason, rfc })),
  })
  return toBinary(ApplyChangesResponseSchema, message)
}

export function decodeOutcome(octets: Uint8Array): CommitOutcome {
  const { changeId, effects, warnings } = fromBinary(ApplyChangesResponseSchema, octets)
  return {
    changeId,
    effect: effectFrom(effects[0]!),
    warnings: warnings.map(({ subject, message, reason, rfc }) => ({ field: '', subject, message, reason, ...(rfc && { rfc }) })),
  }
}

function effectFrom({ zone, state, previous, added, removed, changed, oldTtl }: EffectMessage): ChangeEffect {
  return {
    zone,
    state: stateFromMessage(required(state, 'ChangeEffect.state')),
    ...(previous && { previous: stateFromMessage(previous) }),
    added: Number(added),
    removed: Number(removed),
    changed,
    oldTtl,
  }
}
