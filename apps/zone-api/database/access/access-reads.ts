/** Principals, and whom a credential speaks for. */
import type { CredentialTable, PrincipalCredentialTable, PrincipalTable } from '../schema.ts'
import { type Db, filled, listed } from '../statement.ts'
import type {
  AccessReads,
  CertificateQuery,
  CredentialFault,
  CredentialRecord,
  FoundCredential,
  FoundPassword,
  Identity,
} from './access-port.ts'
import { credentialOfRow, grantOfRow, identityOfBootstrap, isInForce, principalOfRow } from './access-rows.ts'
import { type AccessStatements, accessStatements } from './access-statements.ts'

export class AccessReadings implements AccessReads {
  readonly #rows: AccessStatements
  readonly #now: () => number

  constructor(db: Db, now: () => number) {
    this.#rows = accessStatements(db)
    this.#now = now
  }

  async findCredential(sha256: Uint8Array): Promise<FoundCredential | undefined> {
    const [bootstrap] = await this.#rows.bootstrap({ sha256 })
    if (bootstrap) {
      return { ...(await this.#ofBootstrap(bootstrap)), credentialId: '', expiresAtMs: 0 }
    }
    return this.#found(await this.#rows.byHash({ sha256 }))
  }

  async findPasswords(name: string): Promise<{ identity: Identity; passwords: FoundPassword[] } | undefined> {
    const identity = await this.#identity(name)
    if (!identity || identity.principal.disabled) return undefined
    const rows = (await this.#rows.credentialsOf({ name })).filter(
      (row) => row.kind === 'password' && isInForce(row, this.#now()),
    )
    const passwords = rows.map(({ id, phc, expires_at: end }) => ({ credentialId: id, phc, expiresAtMs: Number(end) }))
    return { identity, passwords }
  }

  async findCertificate({ fingerprint, subject }: CertificateQuery): Promise<FoundCredential | undefined> {
    const exact = fingerprint === '' ? undefined : await this.#found(await this.#rows.byFingerprint({ fingerprint }))
    return exact ?? (subject === '' ? undefined : this.#found(await this.#rows.bySubject({ subject })))
  }

  async findFault(shown: CertificateQuery | { sha256: Uint8Array }): Promise<CredentialFault | undefined> {
    const row = ('sha256' in shown ? await this.#rows.byHash(shown) : await this.#certificateRows(shown)).at(-1)
    if (!row) return undefined
    const { id, principal } = row
    if (Number(row.revoked_at) > 0) return { id, principal, fault: 'revoked' }
    return { id, principal, fault: isInForce(row, this.#now()) ? 'disabled' : 'ended' }
  }

  async #certificateRows({ fingerprint, subject }: CertificateQuery): Promise<PrincipalCredentialTable[]> {
    const exact = fingerprint === '' ? [] : await this.#rows.byFingerprint({ fingerprint })
    return exact.length > 0 || subject === '' ? exact : this.#rows.bySubject({ subject })
  }

  async accessRevision(): Promise<number> {
    const [row] = await this.#rows.revision({})
    return Number(row!.revision)
  }

  async findIdentity(name: string): Promise<Identity | undefined> {
    const own = await this.#identity(name)
    if (own) return own
    const row = (await this.#rows.bootstraps({})).find(({ principal }) => principal === name)
    return row && this.#ofBootstrap(row)
  }

  async listIdentities({ after, limit }: { after: string; limit: number }): Promise<Identity[]> {
    const rows = await this.#rows.principals({ after: new Uint8Array(Buffer.from(after)), limit })
    const found = new Map<string, () => Promise<Identity>>()
    for (const row of await this.#rows.bootstraps({}))
      if (row.principal > after && !found.has(row.principal)) found.set(row.principal, () => this.#ofBootstrap(row))
    for (const row of rows) found.set(row.name, () => this.#ofRow(row))
    const identities: Identity[] = []
    for (const name of [...found.keys()].toSorted().slice(0, limit)) identities.push(await found.get(name)!())
    return identities
  }

  async listCredentials(principal: string): Promise<CredentialRecord[]> {
    return (await this.#rows.credentialsOf({ name: principal })).map(credentialOfRow)
  }

  async getCredential(id: string): Promise<CredentialRecord | undefined> {
    const [row] = await this.#rows.credential({ id })
    return row && credentialOfRow(row)
  }

  /** Many zones at once: on a server each query is a way there and back. */
  async ownersOf(zones: readonly string[]): Promise<string[][]> {
    const byZone = new Map<string, string[]>(zones.map((zone) => [zone, []]))
    for (let from = 0; from < zones.length; from += listed)
      for (const { zone_key: zone, principal } of await this.#ownersOfSome(zones.slice(from, from + listed)))
        byZone.get(zone)!.push(principal)
    return zones.map((zone) => byZone.get(zone)!.toSorted())
  }

  async #ownersOfSome(zones: readonly string[]) {
    return zones.length === 1 ? this.#rows.owners({ zone_key: zones[0]! }) : this.#rows.ownersOfSome(filled(zones))
  }

  /** The first in force, with whom it speaks for. */
  async #found(rows: readonly PrincipalCredentialTable[]): Promise<FoundCredential | undefined> {
    const row = rows.find((each) => isInForce(each, this.#now()))
    const identity = row && (await this.#identity(row.principal))
    if (!identity || identity.principal.disabled) return undefined
    return { ...identity, credentialId: row.id, expiresAtMs: Number(row.expires_at) }
  }

  async #identity(name: string): Promise<Identity | undefined> {
    const [row] = await this.#rows.principal({ name })
    return row && this.#ofRow(row)
  }

  async #ofRow(row: PrincipalTable): Promise<Identity> {
    const { name } = row
    const grants = (await this.#rows.grantsOf({ name })).map(grantOfRow)
    return { principal: principalOfRow(row), grants, owned: await this.#owned(name) }
  }

  async #ofBootstrap(row: CredentialTable): Promise<Identity> {
    return identityOfBootstrap(row, await this.#owned(row.principal))
  }

  async #owned(name: string): Promise<string[]> {
    return (await this.#rows.owned({ name })).map(({ zone_key: zone }) => zone).toSorted()
  }
}
