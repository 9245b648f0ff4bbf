/** What a new zone gets: the request, else its template, else the server's configuration, else what is built in. */
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { type ZoneDefaults, ZoneDefaultsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import {
  type SOAFields,
  SOAFieldsSchema,
  ZoneKind,
  type ZoneSettings,
  ZoneSettingsSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { Name, Violation } from '@zonecast/dns'
import { invalidRequest } from '@zonecast/rpc'
import { expiresEarly } from '@zonecast/zone'
import { defaultSettings, type ZoneSettings as Settings } from '../database/zone-database.ts'
import { noNameServers, timers } from './new-zone.ts'
import { nameViolations } from './zone-names.ts'
import { settingsOf, settingsViolations } from './zone-settings.ts'

/** What is left where nobody says anything else. */
export const builtInDefaults: ZoneDefaults = create(ZoneDefaultsSchema, {
  soa: {
    refreshSeconds: timers.refresh,
    retrySeconds: timers.retry,
    expireSeconds: timers.expire,
    minimumSeconds: timers.minimum,
  },
  settings: { placement: defaultSettings.placement, guardPercent: defaultSettings.guardPercent },
})

/** The server's own defaults over what is built in. Refuses what no zone could be made with. */
export function serverDefaults(configured: MessageInitShape<typeof ZoneDefaultsSchema> = {}): ZoneDefaults {
  const defaults = create(ZoneDefaultsSchema, configured)
  checkDefaults(defaults, '')
  return overlaid(defaults, builtInDefaults)
}

/** What `over` says, and where it says nothing, `under`. */
export function overlaid(over: ZoneDefaults, under: ZoneDefaults): ZoneDefaults {
  const { nameServers } = over.nameServers.length > 0 ? over : under
  return create(ZoneDefaultsSchema, {
    soa: soaOver(over.soa, under.soa),
    nameServers,
    settings: settingsOver(over.settings, under.settings),
  })
}

function soaOver(over: SOAFields | undefined, under: SOAFields | undefined): SOAFields {
  const pick = <Field extends 'refreshSeconds' | 'retrySeconds' | 'expireSeconds' | 'minimumSeconds'>(field: Field) => {
    const value = over?.[field] ?? under?.[field]
    return value === undefined ? {} : { [field]: value }
  }
  return create(SOAFieldsSchema, {
    mname: over?.mname || under?.mname || '',
    rname: over?.rname || under?.rname || '',
    ...pick('refreshSeconds'),
    ...pick('retrySeconds'),
    ...pick('expireSeconds'),
    ...pick('minimumSeconds'),
  })
}

/** A number of 0 says nothing here: a bound of a template is lifted by `UpdateZone`. */
export function settingsOver(over: ZoneSettings | undefined, under: ZoneSettings | undefined): ZoneSettings {
  const guardPercent = over?.guardPercent ?? under?.guardPercent
  return create(ZoneSettingsSchema, {
    kind: over?.kind || under?.kind || ZoneKind.UNSPECIFIED,
    placement: over?.placement || under?.placement || '',
    ...(guardPercent !== undefined && { guardPercent }),
    defaultTtl: over?.defaultTtl || under?.defaultTtl || 0,
    minTtl: over?.minTtl || under?.minTtl || 0,
    maxTtl: over?.maxTtl || under?.maxTtl || 0,
    disabled: over?.disabled ?? false,
    historyVersions: over?.historyVersions || under?.historyVersions || 0,
    historyDays: over?.historyDays || under?.historyDays || 0,
  })
}

/** Refuses names that are none, settings that contradict each other, and timers by which secondaries would lose the zone. */
export function checkDefaults(defaults: ZoneDefaults, path = 'defaults.'): void {
  const { soa, settings } = defaults
  const violations = [...nameViolations(defaults, path), ...settingsViolations(settingsOf(settings), path)]
  if (settings?.disabled)
    violations.push({
      field: `${path}settings.disabled`,
      reason: 'SETTINGS_INVALID',
      subject: 'disabled',
      message: 'no default makes zones disabled; disable a zone when it is there',
    })
  violations.push(...timerViolations(soa, `${path}soa`))
  if (violations.length > 0) throw invalidRequest(violations)
}

/** All at once that is wrong with what a zone is to be made with. */
export function refuseNewZone(apex: Name, wanted: ZoneDefaults, settings: Settings): void {
  const violations = [
    ...(wanted.nameServers.length === 0 ? [noNameServers] : []),
    ...nameViolations(wanted, '', apex),
    ...timerViolations(wanted.soa, 'soa'),
    ...settingsViolations(settings),
  ]
  if (violations.length > 0) throw invalidRequest(violations)
}

/** A secondary that has missed one refresh tries again at least once before it gives the zone up. */
function timerViolations(soa: SOAFields | undefined, path: string): Violation[] {
  const { refreshSeconds: refresh, retrySeconds: retry, expireSeconds: expire } = soaOver(soa, builtInDefaults.soa)
  if (!expiresEarly({ refresh: refresh!, retry: retry!, expire: expire! })) return []
  const message = `expire, ${expire}, is below refresh and retry together, ${refresh! + retry!}: secondaries would give the zone up before they try again`
  return [{ field: `${path}.expire_seconds`, reason: 'SETTINGS_INVALID', subject: 'expire', message, rfc: 'RFC 1912 §2.2' }]
}
