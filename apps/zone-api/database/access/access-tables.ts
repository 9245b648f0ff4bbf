/** Writing principals, grants, credentials and owners: each write with its line in the audit log. */
import { ChangeLines, type Told } from '../change-lines.ts'
import { type EngineParts, liveZone, replayedOctets } from '../engine-parts.ts'
import { newId } from '../ids.ts'
import { Refused } from '../refused.ts'
import type { PrincipalCredentialTable, PrincipalTable } from '../schema.ts'
import type { WriteContext } from '../write-port.ts'
import { refusedFor, told, toldCredential, toldGrant } from './access-lines.ts'
import type {
  AccessWrites,
  AddCredentialInput,
  AddGrantInput,
  CreatePrincipalInput,
  CredentialRecord,
  GrantInput,
  GrantRecord,
  PrincipalRecord,
  RotateCredentialInput,
  Sealed,
  UpdatePrincipalInput,
} from './access-port.ts'
import { credentialOfRow, grantOfRow, isSameGrant, principalOfRow, rowOfGrant } from './access-rows.ts'
import { type AccessStatements, accessStatements } from './access-statements.ts'
import { demandFree } from './certificates.ts'
import { demandAdministrator, isAdministrator } from './lockout.ts'

export interface AccessTableParts {
  readonly parts: EngineParts
  /** The edges that are made and unmade with principals of that kind. */
  readonly edges: {
    expectEdge(edgeId: string, placements: readonly string[]): Promise<void>
    retireEdge(edgeId: string): Promise<void>
  }
}

export class AccessTables implements AccessWrites {
  readonly #parts: EngineParts
  readonly #edges: AccessTableParts['edges']
  readonly #rows: AccessStatements
  readonly #lines: ChangeLines

  constructor({ parts, edges }: AccessTableParts) {
    this.#parts = parts
    this.#edges = edges
    this.#rows = accessStatements(parts.db)
    this.#lines = new ChangeLines(parts, 'acc')
  }

  async createPrincipal(input: CreatePrincipalInput): Promise<PrincipalRecord> {
    return this.#write('CreatePrincipal', input, async () => {
      const { name, kind, display, placements, principal: createdBy } = input
      const made = { created_at: this.#parts.now(), created_by: createdBy }
      const sort_key = new Uint8Array(Buffer.from(name))
      const row: PrincipalTable = { name, sort_key, kind, display, disabled: 0, placements: JSON.stringify(placements), ...made }
      const taken = (await this.#rows.bootstraps({})).some(({ principal }) => principal === name)
      if (taken || (await this.#rows.addPrincipal(row)).length === 0)
        throw new Refused({ kind: 'exists', type: 'principal', name })
      if (kind === 'edge') await this.#edges.expectEdge(name, placements)
      const grants: GrantRecord[] = []
      for (const grant of input.grants) grants.push(await this.#insertGrant(name, grant, createdBy))
      const after = { ...told(row), ...(grants.length > 0 && { grants: grants.map(toldGrant) }) }
      return { answer: principalOfRow(row), told: { subject: `principal ${name}`, after } }
    })
  }

  async updatePrincipal(input: UpdatePrincipalInput): Promise<PrincipalRecord> {
    return this.#write('UpdatePrincipal', input, async () => {
      const before = await this.#principal(input.name)
      const { display = before.display, disabled = before.disabled !== 0, placements } = input
      const listed = placements ? JSON.stringify(placements) : before.placements
      const row: PrincipalTable = { ...before, display, disabled: disabled ? 1 : 0, placements: listed }
      const keep = await this.#keepAdministrator(row.name)
      await this.#rows.setPrincipal(row)
      if (row.kind === 'edge' && disabled) await this.#edges.retireEdge(row.name)
      else if (row.kind === 'edge') await this.#edges.expectEdge(row.name, JSON.parse(listed) as string[])
      await keep(`principal ${row.name}`)
      return { answer: principalOfRow(row), told: { subject: `principal ${row.name}`, before: told(before), after: told(row) } }
    })
  }

  async deletePrincipal(input: WriteContext & { readonly name: string }): Promise<void> {
    const { name } = input
    await this.#write('DeletePrincipal', input, async () => {
      const before = await this.#principal(name)
      const keep = await this.#keepAdministrator(name)
      await this.#rows.dropPrincipal({ name })
      await this.#rows.dropGrantsOf({ name })
      await this.#rows.dropCredentialsOf({ name })
      await this.#rows.disown({ name })
      await this.#parts.quotas.forget(name)
      if (before.kind === 'edge') await this.#edges.retireEdge(name)
      await keep(`principal ${name}`)
      return { answer: {}, told: { subject: `principal ${name}`, before: told(before) } }
    })
  }

  async addGrant(input: AddGrantInput): Promise<GrantRecord> {
    return this.#write('AddGrant', input, async () => {
      const { holder } = input
      await this.#principal(holder)
      const given = (await this.#rows.grantsOf({ name: holder })).map(grantOfRow)
      const same = given.find((one) => isSameGrant(one, input.grant))
      if (same) return { answer: same }
      const answer = await this.#insertGrant(holder, input.grant, input.principal)
      return { answer, told: { subject: `grant ${answer.id} of ${holder}`, after: toldGrant(answer) } }
    })
  }

  async removeGrant(input: WriteContext & { readonly id: string }): Promise<GrantRecord> {
    return this.#write('RemoveGrant', input, async () => {
      const { id } = input
      const [row] = await this.#rows.grant({ id })
      if (!row) throw new Refused({ kind: 'not-found', type: 'grant', name: id })
      const keep = await this.#keepAdministrator(row.principal)
      await this.#rows.dropGrant({ id })
      await keep(`grant ${id}`)
      const answer = grantOfRow(row)
      return { answer, told: { subject: `grant ${id} of ${row.principal}`, before: toldGrant(answer) } }
    })
  }

  async addCredential(input: AddCredentialInput): Promise<CredentialRecord> {
    return this.#write('CreateCredential', input, async () => {
      await this.#principal(input.holder)
      await demandFree(this.#rows, this.#parts.now(), input)
      const answer = await this.#insertCredential(input, input, input.principal)
      return { answer, told: { subject: `credential ${answer.id} of ${input.holder}`, after: toldCredential(answer) } }
    })
  }

  async rotateCredential(input: RotateCredentialInput): Promise<CredentialRecord> {
    return this.#write('RotateCredential', input, async () => {
      const old = await this.#credential(input.id)
      const { overlapUntilMs } = input
      await demandFree(this.#rows, this.#parts.now(), input, old.principal)
      const end = Number(old.expires_at) === 0 ? overlapUntilMs : Math.min(Number(old.expires_at), overlapUntilMs)
      await this.#rows.setEnd({ id: old.id, expires_at: end })
      const like = { holder: old.principal, kind: old.kind, label: old.label, expiresAtMs: input.expiresAtMs }
      const answer = await this.#insertCredential(like, input, input.principal)
      const before = { ...toldCredential(credentialOfRow(old)), endsAt: new Date(end).toISOString() }
      return { answer, told: { subject: `credential ${old.id} of ${old.principal}`, before, after: toldCredential(answer) } }
    })
  }

  async revokeCredential(input: WriteContext & { readonly id: string }): Promise<CredentialRecord> {
    return this.#write('RevokeCredential', input, async () => {
      const old = await this.#credential(input.id)
      const row = { ...old, revoked_at: Number(old.revoked_at) || this.#parts.now() }
      const keep = await this.#keepAdministrator(old.principal)
      await this.#rows.revoke(row)
      await keep(`credential ${old.id}`)
      const answer = credentialOfRow(row)
      return { answer, told: { subject: `credential ${old.id} of ${old.principal}`, before: toldCredential(answer) } }
    })
  }

  async setZoneOwners(input: WriteContext & { readonly zone: string; readonly owners: readonly string[] }) {
    return this.#write('SetZoneOwners', input, async () => {
      const { zone } = input
      await liveZone(this.#parts, zone)
      const before = (await this.#rows.owners({ zone_key: zone })).map(({ principal }) => principal).toSorted()
      const owners = await this.#parts.owners.set(zone, input.owners)
      return { answer: owners, told: { zone, subject: `owners of ${zone}`, before, after: owners } }
    })
  }

  async noteCredentialUses(uses: readonly { readonly id: string; readonly atMs: number }[]): Promise<void> {
    for (const { id, atMs } of uses) await this.#rows.used({ id, last_used_at: atMs })
  }

  /** Answers a repetition as before; else does it alone, with its line in the audit log where it changes anything. */
  async #write<Answer extends object>(
    method: string,
    context: WriteContext,
    act: () => Promise<{ answer: Answer; told?: Told }>,
  ): Promise<Answer> {
    const parts = this.#parts
    const octets = await replayedOctets(parts, method, context)
    if (octets) return JSON.parse(Buffer.from(octets).toString('utf8')) as Answer
    await this.#rows.move({})
    const { answer, told: line } = await act()
    if (line) await this.#lines.add(method, context, line)
    await parts.versions.remember(method, context, new Uint8Array(Buffer.from(JSON.stringify(answer), 'utf8')))
    return answer
  }

  async #principal(name: string): Promise<PrincipalTable> {
    const [row] = await this.#rows.principal({ name })
    if (row) return row
    const bootstraps = await this.#rows.bootstraps({})
    if (!bootstraps.some(({ principal }) => principal === name)) throw new Refused({ kind: 'not-found', type: 'principal', name })
    const message = `${name} is of the bootstrap file; change it there`
    throw refusedFor({ field: 'name', subject: name, reason: 'PRINCIPAL_BOOTSTRAP', message })
  }

  async #credential(id: string): Promise<PrincipalCredentialTable> {
    const [row] = await this.#rows.credential({ id })
    if (!row) throw new Refused({ kind: 'not-found', type: 'credential', name: id })
    return row
  }

  async #insertGrant(principal: string, input: GrantInput, createdBy: string): Promise<GrantRecord> {
    const now = this.#parts.now()
    const grant: GrantRecord = { ...input, id: newId('grt', now), principal, createdAtMs: now, createdBy }
    await this.#rows.addGrant(rowOfGrant(grant))
    return grant
  }

  async #insertCredential(
    { holder, kind, label, expiresAtMs }: Pick<AddCredentialInput, 'holder' | 'kind' | 'label' | 'expiresAtMs'>,
    { sha256 = null, phc = '', fingerprint = '', subject = '' }: { readonly sha256?: Uint8Array | null } & Omit<Sealed, 'sha256'>,
    created_by: string,
  ): Promise<CredentialRecord> {
    const now = this.#parts.now()
    const id = newId('crd', now)
    const times = { created_at: now, expires_at: expiresAtMs, last_used_at: 0, revoked_at: 0 }
    const row = { id, principal: holder, kind, label, sha256, phc, fingerprint, subject, created_by, ...times }
    await this.#rows.addCredential(row)
    return credentialOfRow(row)
  }

  /** Gives what refuses, after the write, that the last administrator has gone with it. */
  async #keepAdministrator(name: string): Promise<(what: string) => Promise<void>> {
    const now = this.#parts.now()
    const was = await isAdministrator(this.#rows, now, name)
    return async (what) => {
      if (was) await demandAdministrator(this.#rows, now, what)
    }
  }
}
