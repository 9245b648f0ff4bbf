/** SealService: under which keys secrets are sealed, and sealing them anew, piece by piece. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  ListSealKeysResponseSchema,
  ResealSecretsRequestSchema,
  ResealSecretsResponseSchema,
  type SealService,
} from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { SealBroken, type Sealer, SealKeyMissing, type SealKeys } from '@zonecast/runtime/sealing'
import type { ResealedSecret, SealedSecret, SecretPlace, ZoneDatabase } from '../database/zone-database.ts'
import { fromToken, strangeToken } from './page-token.ts'
import { sealing } from './sealing.ts'
import { absoluteName } from './zone-messages.ts'
import { writeContext } from './write-context.ts'

interface Ports {
  readonly database: ZoneDatabase
  readonly sealKeys: SealKeys
}

const defaultPageSize = 100

export function sealService({ database, sealKeys }: Ports): ServiceImpl<typeof SealService> {
  return {
    async listSealKeys() {
      const counts = new Map((await database.sealKeyCounts()).map(({ sealKey, secrets }) => [sealKey, secrets]))
      const { ids, fault } = sealKeys
      const known = ids.map((id, index) => ({ id, seals: index === 0, secrets: counts.get(id) ?? 0 }))
      const wanted = [...counts].filter(([id]) => !ids.includes(id)).map(([id, secrets]) => ({ id, missing: true, secrets }))
      return create(ListSealKeysResponseSchema, { keys: [...known, ...wanted], fault })
    },
    async resealSecrets(request, context) {
      const sealer = sealing('secrets', () => sealKeys.sealer)
      const limit = request.pageSize || defaultPageSize
      const after = placeOfToken(request.pageToken)
      const found = await database.secretsNotUnder({ sealKey: sealer.keyId, limit, ...(after && { after }) })
      const secrets = found.flatMap((secret) => resealed(sealKeys, sealer, secret))
      const write = writeContext(ResealSecretsRequestSchema, { ...request, requestId: '' }, context)
      const done = secrets.length === 0 ? 0 : await database.resealSecrets({ ...write, sealKey: sealer.keyId, secrets })
      return create(ResealSecretsResponseSchema, {
        resealed: done,
        unread: found.length - secrets.length,
        nextPageToken: found.length < limit ? '' : tokenOfPlace(found.at(-1)!),
        sealKey: sealer.keyId,
      })
    },
  }
}

/** None for one that cannot be opened: the others need not wait for it. */
function resealed(sealKeys: SealKeys, sealer: Sealer, { kind, name, sealed: before }: SealedSecret): ResealedSecret[] {
  const place = { kind, name }
  try {
    return [{ ...place, before, after: sealer.seal(sealKeys.unseal(before, place), place) }]
  } catch (error) {
    if (error instanceof SealKeyMissing || error instanceof SealBroken) return []
    throw error
  }
}

function tokenOfPlace({ kind, name }: SecretPlace): string {
  return Buffer.from(JSON.stringify([kind, name])).toString('base64url')
}

function placeOfToken(token: string): SecretPlace | undefined {
  if (token === '') return undefined
  const [, kind, name] = /^\["([a-z0-9-]+)","((?:[^"\\]|\\.)+)"\]$/.exec(Buffer.from(token, 'base64url').toString('utf8')) ?? []
  const place = kind !== undefined && name !== undefined && { kind, name: JSON.parse(`"${name}"`) as string }
  if (place && tokenOfPlace(place) === token && fromToken(() => absoluteName(place.name, 'page_token'))) return place
  throw strangeToken()
}
