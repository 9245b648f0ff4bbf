/** TransferService: keys of TSIG, whose secrets are sealed before the database sees them. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  CreateTSIGKeyRequestSchema,
  CreateTSIGKeyResponseSchema,
  DeleteTSIGKeyRequestSchema,
  DeleteTSIGKeyResponseSchema,
  GetTSIGKeyResponseSchema,
  ListTSIGKeysResponseSchema,
  RevealTSIGKeyRequestSchema,
  RevealTSIGKeyResponseSchema,
  type TransferService,
  type TSIGKey,
  TSIGKeySchema,
} from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { encodeBase64 } from '@zonecast/dns'
import { notFound, preconditionFailed } from '@zonecast/rpc'
import type { SealKeys } from '@zonecast/runtime/sealing'
import { timingSafeEqual } from 'node:crypto'
import type { TSIGKeyRecord, ZoneDatabase } from '../database/zone-database.ts'
import { fromToken, strangeToken } from './page-token.ts'
import { sealing } from './sealing.ts'
import { readNewKey, tsigKeyName } from './tsig-request.ts'
import { writeContext } from './write-context.ts'

interface Ports {
  readonly database: ZoneDatabase
  readonly sealKeys: SealKeys
}

const defaultPageSize = 100
const placeOf = (name: string) => ({ kind: 'tsig', name })
const whatOf = (name: string) => `TSIG key ${name}`

export function transferService({ database, sealKeys }: Ports): ServiceImpl<typeof TransferService> {
  return {
    async createTSIGKey(request, context) {
      const { name, algorithm, secret, warnings } = readNewKey(request)
      const { keyId: sealKey, seal } = sealing(whatOf(name), () => sealKeys.sealer)
      // Whoever reads the database must not find a quick hash of the secret in what repetitions are told by.
      const write = writeContext(CreateTSIGKeyRequestSchema, { ...request, secret: request.secret && 'given' }, context)
      const sealed = seal(secret, placeOf(name))
      const made = await database.createTSIGKey({ ...write, name, algorithm, secretOctets: secret.length, sealKey, sealed })
      if (request.secret !== '' && request.requestId !== '') await demandSame(request.requestId, name, secret)
      return create(CreateTSIGKeyResponseSchema, { key: keyToMessage(made), warnings })
    },
    async getTSIGKey(request) {
      const name = tsigKeyName(request.name)
      const key = await database.getTSIGKey(name)
      if (!key) throw notFound('TSIG key', name)
      return create(GetTSIGKeyResponseSchema, { key: keyToMessage(key) })
    },
    async listTSIGKeys({ pageSize, pageToken }) {
      const limit = pageSize || defaultPageSize
      const after = nameOfToken(pageToken)
      const keys = await database.listTSIGKeys({ limit, ...(after !== undefined && { after }) })
      const nextPageToken = keys.length < limit ? '' : tokenOfName(keys.at(-1)!.name)
      return create(ListTSIGKeysResponseSchema, { keys: keys.map(keyToMessage), nextPageToken })
    },
    async deleteTSIGKey(request, context) {
      const name = tsigKeyName(request.name)
      await database.deleteTSIGKey({ ...writeContext(DeleteTSIGKeyRequestSchema, request, context), name })
      return create(DeleteTSIGKeyResponseSchema)
    },
    async revealTSIGKey(request, context) {
      const name = tsigKeyName(request.name)
      const write = writeContext(RevealTSIGKeyRequestSchema, { ...request, requestId: '' }, context)
      // What cannot be opened is not revealed, and the audit log must not tell of it as if it were.
      const known = await database.sealedTSIGKey(name)
      if (known) sealing(whatOf(name), () => sealKeys.unseal(known.sealed, placeOf(name)))
      const { key, sealed } = await database.revealTSIGKey({ ...write, name })
      const secret = sealing(whatOf(name), () => sealKeys.unseal(sealed, placeOf(name)))
      return create(RevealTSIGKeyResponseSchema, { key: keyToMessage(key), secret: encodeBase64(secret) })
    },
  }

  /** A repetition is told by all but the secret: that one is compared with what is kept. */
  async function demandSame(requestId: string, name: string, secret: Uint8Array): Promise<void> {
    const found = await database.sealedTSIGKey(name)
    if (!found) return
    const kept = sealing(whatOf(name), () => sealKeys.unseal(found.sealed, placeOf(name)))
    if (kept.length === secret.length && timingSafeEqual(kept, secret)) return
    const message = `request_id ${requestId} was used for another request; choose a new one`
    throw preconditionFailed([{ field: 'request_id', subject: requestId, reason: 'REQUEST_ID_REUSED', message }])
  }
}

function keyToMessage({ createdAtMs, ...key }: TSIGKeyRecord): TSIGKey {
  return create(TSIGKeySchema, { ...key, createdAt: timestampFromMs(createdAtMs) })
}

/** A token names the last key of its page; it is opaque so that this may change. */
function tokenOfName(name: string): string {
  return Buffer.from(`t${name}`).toString('base64url')
}

function nameOfToken(token: string): string | undefined {
  if (token === '') return undefined
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (text.startsWith('t') && tokenOfName(text.slice(1)) === token) return fromToken(() => tsigKeyName(text.slice(1)))
  throw strangeToken()
}
