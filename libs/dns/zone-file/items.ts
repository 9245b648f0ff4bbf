/** What reading a zone file yields: RRs, errors, and files to include. */
import type { Name } from '../name.ts'
import type { RR } from '../rr.ts'

/** What is wrong in a zone file, and where. Lines and columns count from 1; a column counts octets. */
export interface ZoneFileError {
  readonly line: number
  readonly column: number
  /** The offending text, cut to 200 characters. */
  readonly text: string
  /** The rule it breaks: a sentence, with the section where there is one. */
  readonly rule: string
  readonly file?: string
}

export interface ZoneFileRecord {
  readonly kind: 'rr'
  readonly rr: RR
  readonly line: number
  readonly column: number
}

/** `$INCLUDE` (RFC 1035 §5.1): the caller reads the file with these settings; it changes none of the including file's. */
export interface ZoneFileInclude {
  readonly kind: 'include'
  readonly path: string
  readonly origin: Name
  readonly defaultTtl?: number
  readonly line: number
  readonly column: number
}

export type ZoneFileItem = ZoneFileRecord | ZoneFileInclude | { readonly kind: 'error'; readonly error: ZoneFileError }

/** A rule broken by one field of an entry; `field` counts from 0 and may be one past the last. */
export class FieldError extends Error {
  readonly field: number

  constructor(field: number, rule: string) {
    super(rule)
    this.name = 'FieldError'
    this.field = field
  }
}

/** The rule's sentence with its section behind it, where the sentence does not name one itself. */
export function ruleOf(message: string, rfc?: string): string {
  return rfc === undefined || message.includes('RFC ') ? message : `${message} (${rfc})`
}
