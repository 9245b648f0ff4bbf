/** Methods of AccessService about credentials. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import type { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import {
  type CertificateSecret,
  type Credential,
  CreateCredentialRequestSchema,
  CreateCredentialResponseSchema,
  ListCredentialsResponseSchema,
  RevokeCredentialRequestSchema,
  RevokeCredentialResponseSchema,
  type RotateCredentialRequest,
  RotateCredentialRequestSchema,
  RotateCredentialResponseSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/credential_pb'
import { invalidRequest, notFound } from '@zonecast/rpc'
import { newToken } from '../access/new-token.ts'
import { hashPassword } from '../access/password-hash.ts'
import type { CredentialKind, CredentialRecord, Sealed } from '../database/access/access-port.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { credentialToMessage, msOf } from './access-messages.ts'
import { knownIdentity } from './access-principals.ts'
import type { AccessPorts } from './access-service.ts'
import { writeContext } from './write-context.ts'

const mostListed = 1_000

type Methods = 'createCredential' | 'rotateCredential' | 'revokeCredential' | 'listCredentials'
type Secret =
  | { readonly case: 'password'; readonly value: string }
  | { readonly case: 'certificate'; readonly value: CertificateSecret }

/** A secret as it is kept, and the token where there is one to show. */
interface Made {
  readonly kind: CredentialKind
  readonly sealed: Sealed
  readonly token: string
}

export function credentialMethods({ database, access }: AccessPorts): Pick<ServiceImpl<typeof AccessService>, Methods> {
  return {
    async createCredential(request, context) {
      const { principal: holder, secret, label } = request
      const { kind, sealed, token } = await make(secret.case === 'token' ? undefined : (secret as Secret))
      // Whoever reads the database must not find a quick hash of the password in what repetitions are told by.
      const write = writeContext(CreateCredentialRequestSchema, withoutPassword(request), context)
      const asked = { holder, kind, label, expiresAtMs: msOf(request.expiresAt) }
      const made = await database.addCredential({ ...write, ...asked, ...sealed })
      access.changed()
      const shown = await tokenOf(made, sealed, token)
      return create(CreateCredentialResponseSchema, { credential: credentialToMessage(made), token: shown })
    },
    async rotateCredential(request, context) {
      const { id, overlapSeconds } = request
      const old = await database.getCredential(id)
      if (!old) throw notFound('credential', id)
      const { sealed, token } = await make(secretFor(request, old))
      const write = writeContext(RotateCredentialRequestSchema, withoutPassword(request), context)
      const times = { expiresAtMs: msOf(request.expiresAt), overlapUntilMs: Date.now() + overlapSeconds * 1000 }
      const made = await database.rotateCredential({ ...write, id, ...times, ...sealed })
      access.changed()
      return create(RotateCredentialResponseSchema, {
        credential: credentialToMessage(made),
        token: await tokenOf(made, sealed, token),
      })
    },
    async revokeCredential(request, context) {
      const write = writeContext(RevokeCredentialRequestSchema, request, context)
      const gone = await database.revokeCredential({ ...write, id: request.id })
      access.changed()
      return create(RevokeCredentialResponseSchema, { credential: credentialToMessage(gone) })
    },
    async listCredentials({ principal }) {
      await knownIdentity(database, principal)
      return create(ListCredentialsResponseSchema, { credentials: await listedCredentials(database, principal) })
    },
  }

  /** Empty for a repetition: the token that it was answered with is not known any more. */
  async function tokenOf(made: CredentialRecord, { sha256 }: Sealed, token: string): Promise<string> {
    const found = sha256 && (await database.findCredential(sha256))
    return found?.credentialId === made.id ? token : ''
  }
}

/** The newest of a principal's, by age. */
export async function listedCredentials(database: ZoneDatabase, principal: string): Promise<Credential[]> {
  return (await database.listCredentials(principal)).slice(-mostListed).map(credentialToMessage)
}

/** Undefined asks for a token. */
async function make(secret: Secret | undefined): Promise<Made> {
  if (secret === undefined) {
    const { token, sha256 } = newToken()
    return { kind: 'token', sealed: { sha256 }, token }
  }
  if (secret.case === 'password') return { kind: 'password', sealed: { phc: await hashPassword(secret.value) }, token: '' }
  const { fingerprint, subject } = secret.value
  if ((fingerprint === '') === (subject === ''))
    throw invalid('certificate', 'name the fingerprint of a certificate, or one of its names, and not both')
  return { kind: 'certificate', sealed: { fingerprint, subject }, token: '' }
}

/** What takes the place of a credential is of its kind. */
function secretFor({ secret }: RotateCredentialRequest, { kind }: CredentialRecord): Secret | undefined {
  if (kind === 'token' && secret.case === undefined) return undefined
  if (kind === secret.case) return secret as Secret
  throw invalid('secret', `this credential is a ${kind}; ${kind === 'token' ? 'send no other secret' : `send a new ${kind}`}`)
}

function withoutPassword<Request extends { secret: { case: string | undefined; value?: unknown } }>(request: Request): Request {
  return request.secret.case === 'password' ? { ...request, secret: { case: 'password', value: '' } } : request
}

function invalid(field: string, message: string) {
  return invalidRequest([{ field, reason: 'GRANT_INVALID', message }])
}
