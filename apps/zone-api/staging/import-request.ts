/** What an import asks for, and what became of it. */
import type { Name, Violation } from '@zonecast/dns'
import type { ZoneSpan } from '../database/search/search-port.ts'
import type { CommitOutcome, WriteContext, ZoneSettings } from '../database/zone-database.ts'
import type { Refusal } from '@zonecast/rpc'
import type { DataErrors } from './data-errors.ts'
import type { DataFormat } from './data-reader.ts'

/** What becomes of records that may not be wanted. */
export interface RecordsPolicy {
  readonly dnssec: 'keep' | 'drop' | 'refuse'
  readonly outOfZone: 'drop' | 'refuse'
}

export const defaultRecords: RecordsPolicy = { dnssec: 'keep', outOfZone: 'refuse' }

export interface ImportRequest {
  readonly apex: Name
  /** Zone key of the apex. */
  readonly zone: string
  readonly format: DataFormat
  readonly mode: 'replace' | 'merge'
  readonly force: boolean
  readonly dryRun: boolean
  readonly overwrite: boolean
  /** Refused where there is a zone already. */
  readonly mustBeNew?: boolean
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
  /** Settings of a zone that the import creates; absent means the defaults. */
  readonly settings?: ZoneSettings
  /** Owners of a zone that the import creates; absent means nobody. */
  readonly owners?: readonly string[]
  /** Where who creates it may (`CreateZoneInput`). */
  readonly makesWithin?: readonly ZoneSpan[]
  /** The zone takes its own serial plus one, whatever the data says. */
  readonly continueSerial?: boolean
  /** Absent means the defaults. */
  readonly records?: RecordsPolicy
  /** The version that the data was, for comments and tags (`ContentInput`). */
  readonly notesAsOf?: bigint
  /** The method that was called, where that is not `ImportZone`. */
  readonly method?: string
  /** `bodyHash` is computed from `headerOctets` and the data, unless it stands here. */
  readonly context: Omit<WriteContext, 'bodyHash'>
  readonly bodyHash?: Uint8Array
  /** The request without the data, as octets that differ where it differs. */
  readonly headerOctets: () => Uint8Array
}

export interface ImportResult {
  /** Present when the zone was taken, was as asked already, or would be taken (dry run). */
  readonly outcome?: CommitOutcome
  /** The Connect code of the refusal; 0 when there was none. */
  readonly code: number
  /** Where it was the database that refused. */
  readonly refusal?: Refusal
  readonly errors: DataErrors
  readonly warnings: readonly Violation[]
  readonly warningCount: number
  /** RRs read from the data. */
  readonly rrCount: number
}
