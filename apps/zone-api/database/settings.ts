/** A zone's settings as carried: the octets that are stored, digested and sent to edges. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ZoneKind, ZoneSettingsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { ZoneSettings } from './zone-database.ts'

/** Every field is written, so that a later default does not change what a stored zone means. */
export function encodeSettings({ kind, placement, guardPercent, defaultTtl }: ZoneSettings): Uint8Array {
  const kindNumber = kind === 'secondary' ? ZoneKind.SECONDARY : ZoneKind.PRIMARY
  return toBinary(ZoneSettingsSchema, create(ZoneSettingsSchema, { kind: kindNumber, placement, guardPercent, defaultTtl }))
}

export function decodeSettings(octets: Uint8Array): ZoneSettings {
  const { kind, placement, guardPercent = 30, defaultTtl } = fromBinary(ZoneSettingsSchema, octets)
  return { kind: kind === ZoneKind.SECONDARY ? 'secondary' : 'primary', placement, guardPercent, defaultTtl }
}
