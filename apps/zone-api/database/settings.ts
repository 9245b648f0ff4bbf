/** A zone's settings as carried: the octets that are stored, digested and sent to edges. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ZoneKind, ZoneSettingsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { ZoneSettings } from './zone-database.ts'

/** Settings are read with every change and hardly ever move: the octets of a row go on to its next version as they are. */
const decoded = new WeakMap<Uint8Array, ZoneSettings>()
const encoded = new WeakMap<ZoneSettings, Uint8Array>()

/** Every field that has a default is written, so that a later default does not change what a stored zone means. */
export function encodeSettings(settings: ZoneSettings): Uint8Array {
  const known = encoded.get(settings)
  if (known) return known
  const { kind, ...others } = settings
  const kindNumber = kind === 'secondary' ? ZoneKind.SECONDARY : ZoneKind.PRIMARY
  const octets = toBinary(ZoneSettingsSchema, create(ZoneSettingsSchema, { ...others, kind: kindNumber }))
  encoded.set(settings, octets)
  decoded.set(octets, settings)
  return octets
}

export function decodeSettings(octets: Uint8Array): ZoneSettings {
  const known = decoded.get(octets)
  if (known) return known
  const message = fromBinary(ZoneSettingsSchema, octets)
  const { kind, placement, guardPercent = 30, defaultTtl, minTtl, maxTtl, disabled, historyVersions, historyDays } = message
  const settings: ZoneSettings = {
    kind: kind === ZoneKind.SECONDARY ? 'secondary' : 'primary',
    placement,
    guardPercent,
    defaultTtl,
    minTtl,
    maxTtl,
    disabled,
    historyVersions,
    historyDays,
  }
  decoded.set(octets, settings)
  return settings
}
