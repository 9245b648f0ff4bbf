/** What is to say of an import's data beside its errors. */
import { formatName, type Name, type Violation } from '@zonecast/dns'
import type { DataError } from './data-errors.ts'
import type { RecordsPolicy } from './import-request.ts'

const kinds: Readonly<Record<keyof RecordsPolicy, string>> = {
  dnssec: 'of DNSSEC and ZONEMD',
  outOfZone: 'of names outside of the zone',
}

/** Records that were left out, counted. */
export function droppedWarnings(apex: Name, dropped: Readonly<Record<keyof RecordsPolicy, number>>): Violation[] {
  return (Object.keys(kinds) as (keyof RecordsPolicy)[]).flatMap((kind) => {
    const message = `${dropped[kind]} records ${kinds[kind]} were left out, as the import asked`
    return dropped[kind] > 0 ? [{ field: '', reason: 'RECORDS_DROPPED', subject: formatName(apex), message }] : []
  })
}

export function zonemdUnverified(apex: Name): Violation {
  const subject = `${formatName(apex)} ZONEMD`
  const message = `${subject} has no digest of the scheme SIMPLE with SHA-384 or SHA-512, so that it was not verified (RFC 8976 §4)`
  return { field: '', reason: 'ZONEMD_UNVERIFIED', subject, message, rfc: 'RFC 8976 §4' }
}

/** What is said where the import was forced. */
export function zonemdUnfit(apex: Name, cause: string): Violation {
  const subject = `${formatName(apex)} ZONEMD`
  const message = `${subject}: ${cause}; it was taken nevertheless, as the import asked (RFC 8976 §4)`
  return { field: '', reason: 'ZONEMD_UNVERIFIED', subject, message, rfc: 'RFC 8976 §4' }
}

export function zonemdError(apex: Name, line: number, cause: string): DataError {
  const text = `${formatName(apex)} ZONEMD`
  const message = `${text}: ${cause}; get the zone again, leave its ZONEMD out by dropping DNSSEC records, or force the import (RFC 8976 §4)`
  return { line, column: 0, text, message, reason: 'ZONEMD_INVALID' }
}
