/** Whether edges answer for a zone: what its settings, as carried, say. */
import type { VersionHeader } from './types.ts'

/** `disabled` in `zonecast.zone.v1.ZoneSettings`. */
const disabledField = 7
const varint = 0
const delimited = 2

/** False for a tombstone, and while the zone's owner has it disabled. */
export function isServed({ state, settings }: Pick<VersionHeader, 'state' | 'settings'>): boolean {
  return !state.deleted && !isDisabled(settings)
}

/**
 * Looks for one field in the settings' octets, which are a protobuf message: holders that answer questions need no more of it. What it
 * cannot read it takes for settings that say nothing; the zone API wrote them, and the digest covers them.
 */
export function isDisabled(settings: Uint8Array): boolean {
  let isSet = false
  for (let at = 0; at < settings.length;) {
    const tag = readVarint(settings, at)
    const value = readVarint(settings, tag.end)
    const kind = tag.value & 7
    if (kind !== varint && kind !== delimited) return isSet
    if (tag.value >>> 3 === disabledField && kind === varint) isSet = value.value !== 0
    at = value.end + (kind === delimited ? value.value : 0)
  }
  return isSet
}

/** A number of up to 32 bits; past the end there is nothing but zeros. */
function readVarint(octets: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const octet = octets[at] ?? 0
    if (shift < 32) value |= (octet & 0x7f) << shift
    if (octet < 0x80) return { value: value >>> 0, end: at + 1 }
  }
}
