/** A certificate speaks for one principal. */
import { Refused } from '../refused.ts'
import type { Sealed } from './access-port.ts'
import { isInForce } from './access-rows.ts'
import type { AccessStatements } from './access-statements.ts'

/** Refuses one that a credential in force has, else it would speak for another principal once that is revoked; `except` may have it. */
export async function demandFree(
  rows: AccessStatements,
  now: number,
  { fingerprint = '', subject = '' }: Sealed,
  except?: string,
): Promise<void> {
  const exact = fingerprint === '' ? [] : await rows.byFingerprint({ fingerprint })
  const named = subject === '' ? [] : await rows.bySubject({ subject })
  if (![...exact, ...named].some((row) => row.principal !== except && isInForce(row, now))) return
  const name = fingerprint || subject
  const message = `another credential in force has the certificate ${name}; revoke that one first`
  throw new Refused({ kind: 'exists', type: 'certificate', name, message })
}
