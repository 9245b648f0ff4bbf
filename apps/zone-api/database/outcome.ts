/** Outcomes as octets: what a repeated request is answered with, and what a change is remembered by. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { required, stateFromMessage, stateToMessage } from '@zonecast/contract'
import { type ChangeEffect as EffectMessage } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { ApplyChangesResponseSchema } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import type { ApplySetsOutcome, ChangeEffect, CommitOutcome } from './zone-database.ts'

/** What a change came to, in one zone or in several. */
export type ChangeOutcome = Pick<ApplySetsOutcome, 'changeId' | 'effects' | 'warnings'>

export function encodeOutcome({ changeId, effect, warnings }: CommitOutcome): Uint8Array {
  return encodeChange({ changeId, effects: [effect], warnings })
}

export function encodeChange({ changeId, effects, warnings }: ChangeOutcome): Uint8Array {
  const message = create(ApplyChangesResponseSchema, {
    changeId,
    effects: effects.map((effect) => ({
      zone: effect.zone,
      state: stateToMessage(effect.state),
      ...(effect.previous && { previous: stateToMessage(effect.previous) }),
      added: BigInt(effect.added),
      removed: BigInt(effect.removed),
      changed: effect.changed,
      oldTtl: effect.oldTtl,
      notesChanged: effect.notesChanged ?? 0,
      tagsChanged: effect.tagsChanged ?? false,
    })),
    warnings: warnings.map(({ subject, message: text, reason, rfc = '' }) => ({ subject, message: text, reason, rfc })),
  })
  return toBinary(ApplyChangesResponseSchema, message)
}

export function decodeOutcome(octets: Uint8Array): CommitOutcome {
  const { changeId, effects, warnings } = decodeChange(octets)
  return { changeId, effect: effects[0]!, warnings }
}

export function decodeChange(octets: Uint8Array): ChangeOutcome {
  const { changeId, effects, warnings } = fromBinary(ApplyChangesResponseSchema, octets)
  return {
    changeId,
    effects: effects.map(effectFrom),
    warnings: warnings.map(({ subject, message, reason, rfc }) => ({ field: '', subject, message, reason, ...(rfc && { rfc }) })),
  }
}

function effectFrom(effect: EffectMessage): ChangeEffect {
  const { zone, state, previous, added, removed, changed, oldTtl, notesChanged, tagsChanged } = effect
  return {
    zone,
    state: stateFromMessage(required(state, 'ChangeEffect.state')),
    ...(previous && { previous: stateFromMessage(previous) }),
    added: Number(added),
    removed: Number(removed),
    changed,
    oldTtl,
    ...(notesChanged > 0 && { notesChanged }),
    ...(tagsChanged && { tagsChanged }),
  }
}
