/** The port to sealed secrets: the database sees octets that it cannot open. */
import type { WriteContext } from '../write-port.ts'

/** A TSIG key without its secret. */
export interface TSIGKeyRecord {
  /** In lower case, with a dot at its end. */
  readonly name: string
  readonly algorithm: string
  readonly secretOctets: number
  /** Id of the key that its secret is sealed under. */
  readonly sealKey: string
  readonly createdAtMs: number
  readonly createdBy: string
}

export interface SealedTSIGKey {
  readonly key: TSIGKeyRecord
  readonly sealed: Uint8Array
}

/** Where a secret stands, in the order in which secrets are read. */
export interface SecretPlace {
  readonly kind: string
  readonly name: string
}

export interface SealedSecret extends SecretPlace {
  readonly sealed: Uint8Array
}

export interface SealKeyCount {
  readonly sealKey: string
  readonly secrets: number
}

export interface SecretReads {
  getTSIGKey(name: string): Promise<TSIGKeyRecord | undefined>
  /** The same with its secret, for the zone API's own use. */
  sealedTSIGKey(name: string): Promise<SealedTSIGKey | undefined>
  /** In canonical order of their names, after the name `after`. */
  listTSIGKeys(page: { readonly after?: string; readonly limit: number }): Promise<TSIGKeyRecord[]>
  /** How many secrets are under which key. */
  sealKeyCounts(): Promise<SealKeyCount[]>
  /** Secrets of every kind that are under another key than `sealKey`, after a place. */
  secretsNotUnder(query: SecretsQuery): Promise<SealedSecret[]>
}

export interface SecretsQuery {
  readonly sealKey: string
  readonly after?: SecretPlace
  readonly limit: number
}

export interface SecretWrites {
  createTSIGKey(input: CreateTSIGKeyInput): Promise<TSIGKeyRecord>
  deleteTSIGKey(input: WriteContext & { readonly name: string }): Promise<void>
  /** With a line in the audit log: whoever asks is about to learn the secret. */
  revealTSIGKey(input: WriteContext & { readonly name: string }): Promise<SealedTSIGKey>
  /** Puts secrets under another key where they are still what they were; gives how many. */
  resealSecrets(input: ResealInput): Promise<number>
}

export interface CreateTSIGKeyInput extends WriteContext {
  readonly name: string
  readonly algorithm: string
  readonly secretOctets: number
  readonly sealKey: string
  readonly sealed: Uint8Array
}

export interface ResealInput extends WriteContext {
  readonly sealKey: string
  readonly secrets: readonly ResealedSecret[]
}

export interface ResealedSecret extends SecretPlace {
  readonly before: Uint8Array
  readonly after: Uint8Array
}
