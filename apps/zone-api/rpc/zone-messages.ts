/** Zones, effects and warnings between messages and domain values. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { stateToMessage } from '@zonecast/contract'
import {
  type ChangeEffect as EffectMessage,
  ChangeEffectSchema,
  type Warning,
  WarningSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { type Zone, ZoneSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { type Name, NameError, parseName, rootName, type Violation } from '@zonecast/dns'
import { invalidRequest, notFound } from '@zonecast/rpc'
import type { ChangeEffect, ZoneRecord } from '../database/zone-database.ts'
import { settingsToMessage } from './zone-settings.ts'

const mostWarnings = 100

/** A name as a request writes it. Throws NameError. */
export function nameOfRequest(text: string, origin: Name): Name {
  // The zone-file reader takes such characters as octets; a request means letters, which DNS knows only in their ASCII form.
  if (/[^\u0020-\u007e]/u.test(text))
    throw new NameError(text, 'has letters beyond ASCII; write them as an A-label, xn--… (RFC 5890 §2.3.2.1)')
  return parseName(text, origin)
}

/** A name that is absolute with or without its final dot, such as an apex, or what is wrong with it. */
export function readName(text: string, field: string): Name | Violation {
  try {
    return nameOfRequest(text, rootName)
  } catch (error) {
    if (!(error instanceof NameError)) throw error
    return { field, reason: 'NAME_INVALID', subject: text, message: error.message }
  }
}

/** The same; refuses the request where it is no domain name. */
export function absoluteName(text: string, field: string): Name {
  const name = readName(text, field)
  if ('reason' in name) throw invalidRequest([name])
  return name
}

export function zoneToMessage(
  { zone, id, header, settings, tags, createdAtMs, changedAtMs }: ZoneRecord,
  owners: readonly string[] = [],
): Zone {
  return create(ZoneSchema, {
    name: zone,
    id,
    state: stateToMessage(header.state),
    rrCount: BigInt(header.rrCount),
    rrsetCount: BigInt(header.rrsetCount),
    settings: settingsToMessage(settings),
    tags: { ...tags },
    settingsVersion: header.settingsVersion,
    createdAt: timestampFromMs(createdAtMs),
    changedAt: timestampFromMs(changedAtMs),
    owners: [...owners],
  })
}

export function effectToMessage({
  zone,
  state,
  previous,
  added,
  removed,
  changed,
  oldTtl,
  notesChanged = 0,
  tagsChanged = false,
}: ChangeEffect): EffectMessage {
  return create(ChangeEffectSchema, {
    zone,
    state: stateToMessage(state),
    ...(previous && { previous: stateToMessage(previous) }),
    added: BigInt(added),
    removed: BigInt(removed),
    changed,
    oldTtl,
    notesChanged,
    tagsChanged,
  })
}

export function warningToMessage({ subject, message, reason, rfc = '' }: Violation): Warning {
  return create(WarningSchema, { subject, message, reason, rfc })
}

/** The warnings that an answer has room for. */
export function firstWarnings(warnings: readonly Violation[]): Warning[] {
  return warnings.slice(0, mostWarnings).map(warningToMessage)
}

/** The zone, or the refusal that says there is none. */
export function knownZone(record: ZoneRecord | undefined, zone: string): ZoneRecord {
  if (record === undefined) throw notFound('zone', zone)
  return record
}
