/** Lines of the audit log about access: what was before and after, and never a secret. */
import { typeToText } from '@zonecast/dns'
import type { EngineParts } from '../engine-parts.ts'
import { newId } from '../ids.ts'
import { Refused } from '../refused.ts'
import type { ChangeLineRow, PrincipalTable } from '../schema.ts'
import { type Db, pick, type Statement, statement } from '../statement.ts'
import type { WriteContext } from '../write-port.ts'
import type { CredentialRecord, GrantInput } from './access-port.ts'

/** Something before and after. */
export interface Told {
  readonly subject: string
  readonly zone?: string
  readonly before?: object | undefined
  readonly after?: object | undefined
}

export class AccessLines {
  readonly #parts: Pick<EngineParts, 'details' | 'now'>
  readonly #add: Statement<ChangeLineRow, unknown>

  constructor(parts: Pick<EngineParts, 'db' | 'details' | 'now'>) {
    this.#parts = parts
    this.#add = addLine(parts.db)
  }

  async add(method: string, { principal, reason }: WriteContext, { subject, zone = '', before, after }: Told): Promise<void> {
    const at = this.#parts.now()
    const change_id = newId('acc', at)
    await this.#add({ at, principal, method, change_id, reason, zone_key: zone, ...nothing })
    await this.#parts.details.add({ change_id, at, subject, before: textOf(before), after: textOf(after) })
  }
}

/** No RR is touched. */
const nothing = { rrs_before: 0, rrs_after: 0, generation: 0, version: 0 }
const columns = 'at principal method zone_key change_id reason rrs_before rrs_after generation version'.split(
  ' ',
) as (keyof ChangeLineRow)[]

function addLine(db: Db) {
  return statement(db, (p: ChangeLineRow) => db.insertInto('audit').values(pick(p, columns)))
}

function textOf(value: object | undefined): string {
  return value === undefined ? '' : JSON.stringify(value)
}

export function told({ kind, display, disabled, placements }: PrincipalTable): object {
  return { kind, display, disabled: disabled !== 0, placements: JSON.parse(placements) as string[] }
}

export function toldGrant({ role, permissions, zones, names, types, apex }: GrantInput): object {
  return { ...(role === '' ? { permissions } : { role }), zones, names, types: types.map(typeToText), apex }
}

export function toldCredential({ kind, label, expiresAtMs, fingerprint, subject }: CredentialRecord): object {
  const certificate = kind === 'certificate' ? { fingerprint, subject } : {}
  return { kind, label, ...certificate, ...(expiresAtMs > 0 && { expires: new Date(expiresAtMs).toISOString() }) }
}

export function refusedFor(violation: { field: string; subject: string; reason: string; message: string }): Refused {
  return new Refused({ kind: 'precondition', violations: [violation] })
}
