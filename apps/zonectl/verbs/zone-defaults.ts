/** Flags that say what a new zone gets, as the messages that carry them. */
import type { DefaultsFlags, SettingsFlags } from '../commands/zone-options.ts'
import { zoneName } from '../names.ts'

/** Fields of the SOA that are named. */
export function soaOf({ mname, rname, refresh, retry, expire, minimum }: DefaultsFlags) {
  return {
    ...(mname && { mname: zoneName(mname) }),
    ...(rname && { rname: zoneName(rname) }),
    ...(refresh !== undefined && { refreshSeconds: refresh }),
    ...(retry !== undefined && { retrySeconds: retry }),
    ...(expire !== undefined && { expireSeconds: expire }),
    ...(minimum !== undefined && { minimumSeconds: minimum }),
  }
}

/** Settings that are named. */
export function settingsOf(flags: SettingsFlags) {
  const { placement, guardPercent, defaultTtl, minTtl, maxTtl, historyVersions, historyDays } = flags
  return {
    ...(placement && { placement }),
    ...(guardPercent !== undefined && { guardPercent }),
    ...(defaultTtl !== undefined && { defaultTtl }),
    ...(minTtl !== undefined && { minTtl }),
    ...(maxTtl !== undefined && { maxTtl }),
    ...(historyVersions !== undefined && { historyVersions }),
    ...(historyDays !== undefined && { historyDays }),
  }
}
