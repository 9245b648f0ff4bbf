/** What the zone API asks of the database about who may do what. */
import type { WriteContext } from '../write-port.ts'

/** Programs of the installation: the kind is their role. */
export type ProgramKind = 'edge' | 'publisher' | 'transfer-agent'
export type PrincipalKind = 'person' | 'service' | ProgramKind
export type CredentialKind = 'token' | 'password' | 'certificate'

export interface PrincipalRecord {
  readonly name: string
  readonly kind: PrincipalKind
  readonly display: string
  readonly disabled: boolean
  /** The edge whose it is; empty where the principal is none. */
  readonly edgeId: string
  /** What an edge may follow; empty for all others. */
  readonly placements: readonly string[]
  readonly createdAtMs: number
  readonly createdBy: string
  /** True for one of the bootstrap file, which alone changes it. */
  readonly isBootstrap: boolean
}

/** Patterns as texts, in the form in which `@zonecast/access` writes them. */
export interface GrantInput {
  /** Empty where permissions are named. */
  readonly role: string
  /** Empty where a role brings them. */
  readonly permissions: readonly string[]
  readonly zones: string
  readonly names: string
  /** Numbers; none means all. */
  readonly types: readonly number[]
  readonly apex: boolean
}

export interface GrantRecord extends GrantInput {
  readonly id: string
  readonly principal: string
  readonly createdAtMs: number
  readonly createdBy: string
}

/** Whom a credential speaks for. */
export interface Identity {
  readonly principal: PrincipalRecord
  readonly grants: readonly GrantRecord[]
  /** Keys of the zones it owns. */
  readonly owned: readonly string[]
}

/** A credential without its secret. Times that have not come are 0. */
export interface CredentialRecord {
  readonly id: string
  readonly principal: string
  readonly kind: CredentialKind
  readonly label: string
  /** Of a certificate: SHA-256 of its octets in hexadecimal, or a subject; one of the two is empty. */
  readonly fingerprint: string
  readonly subject: string
  readonly createdAtMs: number
  readonly createdBy: string
  readonly expiresAtMs: number
  readonly lastUsedAtMs: number
  readonly revokedAtMs: number
}

/** A credential that was in force when it was looked up; whoever remembers it minds its end. */
export interface FoundCredential extends Identity {
  /** Empty for one of the bootstrap file. */
  readonly credentialId: string
  /** 0 for one without an end. */
  readonly expiresAtMs: number
}

export interface FoundPassword {
  readonly credentialId: string
  /** argon2id in PHC format. */
  readonly phc: string
  readonly expiresAtMs: number
}

export interface AccessReads {
  /** Whose token has this SHA-256; undefined where it is unknown, revoked or past its end, or its principal is disabled. */
  findCredential(sha256: Uint8Array): Promise<FoundCredential | undefined>
  /** The passwords in force of a principal that is not disabled; undefined where there is no such principal. */
  findPasswords(name: string): Promise<{ readonly identity: Identity; readonly passwords: readonly FoundPassword[] } | undefined>
  /** Whose certificate has this fingerprint, or else this subject. */
  findCertificate(certificate: CertificateQuery): Promise<FoundCredential | undefined>
  /** What keeps a token or a certificate from being in force; undefined where it is unknown. */
  findFault(credential: CertificateQuery | { readonly sha256: Uint8Array }): Promise<CredentialFault | undefined>
  /** Grows with every change of what decides who may do what: what was remembered of an earlier one is to be looked up again. */
  accessRevision(): Promise<number>
  /** With those of the bootstrap file; a disabled principal too. */
  findIdentity(name: string): Promise<Identity | undefined>
  /** In the order of their names. */
  listIdentities(page: { readonly after: string; readonly limit: number }): Promise<Identity[]>
  /** Those of one principal by age, revoked ones too. */
  listCredentials(principal: string): Promise<CredentialRecord[]>
  getCredential(id: string): Promise<CredentialRecord | undefined>
  /** Owners of each of the zones, in the order of the keys. */
  ownersOf(zones: readonly string[]): Promise<string[][]>
}

/** Why a credential that is known is not in force. */
export interface CredentialFault {
  readonly id: string
  readonly principal: string
  readonly fault: 'revoked' | 'ended' | 'disabled'
}

export interface CertificateQuery {
  readonly fingerprint: string
  readonly subject: string
}

export interface AccessWrites {
  createPrincipal(input: CreatePrincipalInput): Promise<PrincipalRecord>
  updatePrincipal(input: UpdatePrincipalInput): Promise<PrincipalRecord>
  /** With its grants and credentials, and what it owns. */
  deletePrincipal(input: WriteContext & { readonly name: string }): Promise<void>
  addGrant(input: AddGrantInput): Promise<GrantRecord>
  removeGrant(input: WriteContext & { readonly id: string }): Promise<GrantRecord>
  addCredential(input: AddCredentialInput): Promise<CredentialRecord>
  /** Another in its place; the old one ends at `overlapUntilMs`, unless it ends before. */
  rotateCredential(input: RotateCredentialInput): Promise<CredentialRecord>
  revokeCredential(input: WriteContext & { readonly id: string }): Promise<CredentialRecord>
  setZoneOwners(input: WriteContext & { readonly zone: string; readonly owners: readonly string[] }): Promise<readonly string[]>
  /** When credentials were last used. */
  noteCredentialUses(uses: readonly { readonly id: string; readonly atMs: number }[]): Promise<void>
}

export interface CreatePrincipalInput extends WriteContext {
  readonly name: string
  readonly kind: PrincipalKind
  readonly display: string
  readonly placements: readonly string[]
  /** What it has from the start. */
  readonly grants: readonly GrantInput[]
}

export interface AddGrantInput extends WriteContext {
  /** Who gets it; `principal` is who gives it. */
  readonly holder: string
  readonly grant: GrantInput
}

export interface UpdatePrincipalInput extends WriteContext {
  readonly name: string
  readonly display?: string
  readonly disabled?: boolean
  readonly placements?: readonly string[]
}

/** What is kept of a secret: one of the three, by its kind. */
export interface Sealed {
  /** Of a token. */
  readonly sha256?: Uint8Array
  /** Of a password. */
  readonly phc?: string
  readonly fingerprint?: string
  readonly subject?: string
}

export interface AddCredentialInput extends WriteContext, Sealed {
  /** Whose it is; `principal` is who makes it. */
  readonly holder: string
  readonly kind: CredentialKind
  readonly label: string
  /** 0 for none. */
  readonly expiresAtMs: number
}

export interface RotateCredentialInput extends WriteContext, Sealed {
  readonly id: string
  readonly expiresAtMs: number
  readonly overlapUntilMs: number
}
