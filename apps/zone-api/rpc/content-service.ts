/** ContentService: heads, deltas and walks for publishers. */
import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { ContractError, deltaMessages, headToMessage, stateFromMessage, tokenFromMessage } from '@zonecast/contract'
import {
  type ContentService,
  type FetchRequest,
  type FetchResponse,
  FetchResponseSchema,
  type ListHeadsRequest,
  ListHeadsResponseSchema,
  StreamZoneResponseSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { zoneKeyOf } from '@zonecast/dns'
import { invalidRequest } from '@zonecast/rpc'
import { AsyncQueue } from '@zonecast/runtime'
import { deltaPieces } from '@zonecast/zone'
import type { DeltaAnswer, ZoneDatabase } from '../database/zone-database.ts'
import { walkZone } from './walk-zone.ts'
import { absoluteName } from './zone-messages.ts'

const headsPerMessage = 500
/** Deltas and pages in one message; a message may have 1 MiB. */
const messageOctets = 512 << 10
/** Wants of one stream that are worked on before their answers have left. */
const wantsAhead = 16

export function contentService({ database }: { database: ZoneDatabase }): ServiceImpl<typeof ContentService> {
  return {
    listHeads: (request) => listHeads(database, request),
    fetch: (requests) => fetchDeltas(database, requests),
    async *streamZone({ zone, resume }) {
      const key = zoneKeyOf(absoluteName(zone, 'zone'))
      const token = resume && tokenFromMessage(resume)
      for await (const part of walkZone(database, key, token)) yield create(StreamZoneResponseSchema, { part })
    },
  }
}

async function* listHeads(database: ZoneDatabase, { shard, after: from, logId }: ListHeadsRequest) {
  const isOurs = logId.length === 0 || Buffer.compare(logId, database.logId) === 0
  for (let after = isOurs ? from : 0n; ;) {
    const { heads, end } = await database.heads({ shard, after, limit: headsPerMessage })
    yield create(ListHeadsResponseSchema, {
      heads: heads.map(headToMessage),
      ...(end && { end: { ...end, setDigests: end.setDigests.map(setDigest), logId: database.logId } }),
    })
    if (end) return
    after = heads.at(-1)!.position
  }
}

function setDigest({ placement, digest, zones }: { placement: string; digest: Uint8Array; zones: number }) {
  return { placement, digest, zones: BigInt(zones) }
}

/** Answers wants in their order. The first message answers none: it tells the caller that the stream is open. */
async function* fetchDeltas(
  database: ZoneDatabase,
  requests: AsyncIterable<FetchRequest>,
): AsyncGenerator<FetchResponse, void, undefined> {
  yield create(FetchResponseSchema)
  const answers = new AsyncQueue<{ want: bigint; answer: Promise<DeltaAnswer> }>(wantsAhead)
  void takeWants(database, requests, answers)
  for await (const { want, answer } of answers) yield* answerMessages(want, await answer)
}

async function takeWants(
  database: ZoneDatabase,
  requests: AsyncIterable<FetchRequest>,
  answers: AsyncQueue<{ want: bigint; answer: Promise<DeltaAnswer> }>,
): Promise<void> {
  try {
    for await (const request of requests) {
      const answer = answerFor(database, request)
      // It is awaited when its turn comes; until then a failure is nobody's.
      answer.catch(() => {})
      if (!(await answers.push({ want: request.want, answer }))) return
    }
    answers.end()
  } catch (error) {
    answers.fail(error)
  }
}

async function answerFor(database: ZoneDatabase, { zone: text, have }: FetchRequest): Promise<DeltaAnswer> {
  const zone = zoneKeyOf(absoluteName(text, 'zone'))
  try {
    return await database.deltaFrom({ zone, base: have && stateFromMessage(have) })
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
    throw invalidRequest([{ field: 'have', reason: 'DIGEST_MISMATCH', message: error.message }])
  }
}

function* answerMessages(want: bigint, answer: DeltaAnswer): Generator<FetchResponse, void, undefined> {
  if (answer.kind === 'unknown') {
    yield create(FetchResponseSchema, { want, answer: { case: 'unknownZone', value: {} } })
    return
  }
  const head = headToMessage(answer.head)
  if (answer.kind === 'current') yield create(FetchResponseSchema, { want, head, answer: { case: 'upToDate', value: {} } })
  if (answer.kind === 'walk') yield create(FetchResponseSchema, { want, head, answer: { case: 'walkNeeded', value: {} } })
  if (answer.kind !== 'delta') return
  let isFirst = true
  for (const value of deltaMessages(answer.base, answer.target, deltaPieces(answer.delta, messageOctets))) {
    yield create(FetchResponseSchema, { want, ...(isFirst && { head }), answer: { case: 'delta', value } })
    isFirst = false
  }
}
