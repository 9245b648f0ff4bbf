/** Which serial a new version gets (RFC 1982; DESIGN.md §4, identity and order). */
import { isAfter, nextSerial, type Serial } from '@zonecast/dns'

/** The serial after a change: `wanted` where a policy gives one and it is after the previous one, else the next. */
export function serialForChange(previous: Serial, wanted?: Serial): Serial {
  return wanted !== undefined && isAfter(wanted, previous) ? wanted : nextSerial(previous)
}

export interface ImportedSerial {
  readonly serial: Serial
  /** False when the file's serial was not after the zone's: secondaries would not have taken it. */
  readonly kept: boolean
}

/** The serial of an imported version: the file's where there is none before it or where it moves forward, else the next. */
export function importSerial(previous: Serial | undefined, fileSerial: Serial): ImportedSerial {
  if (previous === undefined || isAfter(fileSerial, previous)) return { serial: fileSerial, kept: true }
  return { serial: nextSerial(previous), kept: false }
}
