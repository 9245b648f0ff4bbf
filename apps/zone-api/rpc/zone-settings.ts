/** Settings of a zone between messages and domain values. */
import { create } from '@bufbuild/protobuf'
import {
  ZoneKind,
  type ZoneSettings as SettingsMessage,
  ZoneSettingsSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { Violation } from '@zonecast/dns'
import { invalidRequest, notYet } from '@zonecast/rpc'
import { defaultSettings, type ZoneSettings } from '../database/zone-database.ts'

/** What a request leaves out takes its default; refuses what has no meaning. */
export function settingsFromMessage(message: SettingsMessage | undefined): ZoneSettings {
  const settings = settingsOf(message)
  const violations = settingsViolations(settings)
  if (violations.length > 0) throw invalidRequest(violations)
  return settings
}

/** The same, whether or not the settings contradict each other. */
export function settingsOf(message: SettingsMessage | undefined): ZoneSettings {
  if (message?.kind === ZoneKind.SECONDARY) throw notYet('secondary zones come with a later release; make a primary zone')
  const { minTtl = 0, maxTtl = 0 } = message ?? {}
  return {
    kind: 'primary',
    placement: message?.placement || defaultSettings.placement,
    guardPercent: message?.guardPercent ?? defaultSettings.guardPercent,
    defaultTtl: message?.defaultTtl || within(defaultSettings.defaultTtl, minTtl, maxTtl),
    minTtl,
    maxTtl,
    disabled: message?.disabled ?? false,
    historyVersions: message?.historyVersions ?? 0,
    historyDays: message?.historyDays ?? 0,
  }
}

export function settingsToMessage({ kind, ...settings }: ZoneSettings): SettingsMessage {
  return create(ZoneSettingsSchema, { ...settings, kind: kind === 'secondary' ? ZoneKind.SECONDARY : ZoneKind.PRIMARY })
}

function within(ttl: number, minTtl: number, maxTtl: number): number {
  const raised = Math.max(ttl, minTtl)
  return maxTtl > 0 ? Math.min(raised, maxTtl) : raised
}

/** Bounds of TTLs that nothing fits. */
export function settingsViolations({ defaultTtl, minTtl, maxTtl }: ZoneSettings, path = ''): Violation[] {
  const violations: Violation[] = []
  const add = (field: string, message: string) =>
    violations.push({ field: `${path}settings.${field}`, reason: 'SETTINGS_INVALID', subject: field, message })
  if (maxTtl > 0 && minTtl > maxTtl)
    add('min_ttl', `the lowest TTL, ${minTtl}, is above the highest, ${maxTtl}; no TTL would fit`)
  else if (defaultTtl !== within(defaultTtl, minTtl, maxTtl))
    add('default_ttl', `the default TTL, ${defaultTtl}, is outside of the zone's own bounds; choose one that fits`)
  return violations
}
