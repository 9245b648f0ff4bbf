/** ContentService: heads, deltas and walks for publishers. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
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
import { invalidRequest, principalOf, requirePermission } from '@zonecast/rpc'
import { AsyncQueue } from '@zonecast/runtime'
import { deltaPieces } from '@zonecast/zone'
import { readerOf } from '../access/zone-access.ts'
import type { DeltaAnswer, ZoneDatabase } from '../database/zone-database.ts'
import type { Lineage } from '../lineage/lineage.ts'
import { walkZone } from './walk-zone.ts'
import { absoluteName } from './zone-messages.ts'

const headsPerMessage = 500
/** Deltas and pages in one message; a message may have 1 MiB. */
const messageOctets = 512 << 10
/** Wants of one stream that are worked on before their answers have left. */
const wantsAhead = 16

interface Ports {
  readonly database: ZoneDatabase
  readonly lineage: Lineage
}

export function contentService(ports: Ports): ServiceImpl<typeof ContentService> {
  const { database, lineage } = ports
  return {
    listHeads: (request, context) => listHeads(ports, request, context),
    fetch: (requests, context) => fetchDeltas(ports, requests, context),
    async *streamZone({ zone, resume }, context) {
      const apex = absoluteName(zone, 'zone')
      requirePermission(context, 'content.read', { zone: apex })
      await demandServed(lineage)
      const key = zoneKeyOf(apex)
      const token = resume && tokenFromMessage(resume)
      for await (const part of walkZone(database, key, token)) yield create(StreamZoneResponseSchema, { part })
    },
  }
}

/** Of a restored database publishers are told nothing before it is adopted. */
async function demandServed(lineage: Lineage): Promise<void> {
  const refusal = await lineage.withheld()
  if (refusal) throw refusal
}

/** A publisher has what it has from the database; anybody else may ask for what never was. */
function publisherOf(context: HandlerContext): string | undefined {
  const { role, name } = principalOf(context)
  return role === 'publisher' ? `the publisher ${name}` : undefined
}

async function* listHeads({ database, lineage }: Ports, request: ListHeadsRequest, context: HandlerContext) {
  const { shard, after: from, logId } = request
  await demandServed(lineage)
  const publisher = publisherOf(context)
  const reads = readerOf(context, 'content.read')
  const isOurs = logId.length === 0 || Buffer.compare(logId, database.logId) === 0
  if (isOurs && logId.length > 0 && publisher) lineage.stands(publisher, [{ shard, position: from }])
  for (let after = isOurs ? from : 0n; ;) {
    const { heads, end } = await database.heads({ shard, after, limit: headsPerMessage })
    yield create(ListHeadsResponseSchema, {
      heads: (reads ? heads.filter(({ zone }) => reads(zone)) : heads).map(headToMessage),
      // Digests over all zones mean nothing to who is shown some.
      ...(end && { end: { ...end, setDigests: reads ? [] : end.setDigests.map(setDigest), logId: database.logId } }),
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
  ports: Ports,
  requests: AsyncIterable<FetchRequest>,
  context: HandlerContext,
): AsyncGenerator<FetchResponse, void, undefined> {
  await demandServed(ports.lineage)
  yield create(FetchResponseSchema)
  const answers = new AsyncQueue<{ want: bigint; answer: Promise<DeltaAnswer> }>(wantsAhead)
  void takeWants({ ...ports, context, publisher: publisherOf(context) }, requests, answers)
  for await (const { want, answer } of answers) yield* answerMessages(want, await answer)
}

interface Answering extends Ports {
  readonly publisher: string | undefined
  readonly context: HandlerContext
}

async function takeWants(
  ports: Answering,
  requests: AsyncIterable<FetchRequest>,
  answers: AsyncQueue<{ want: bigint; answer: Promise<DeltaAnswer> }>,
): Promise<void> {
  try {
    for await (const request of requests) {
      const answer = answerFor(ports, request)
      // It is awaited when its turn comes; until then a failure is nobody's.
      answer.catch(() => {})
      if (!(await answers.push({ want: request.want, answer }))) return
    }
    answers.end()
  } catch (error) {
    answers.fail(error)
  }
}

async function answerFor(ports: Answering, { zone: text, have }: FetchRequest): Promise<DeltaAnswer> {
  const { database, lineage, publisher, context } = ports
  const apex = absoluteName(text, 'zone')
  requirePermission(context, 'content.read', { zone: apex })
  const zone = zoneKeyOf(apex)
  try {
    const base = have && stateFromMessage(have)
    const answer = await database.deltaFrom({ zone, base })
    if (base && publisher && answer.kind !== 'unknown') lineage.has(publisher, base, answer.head)
    return answer
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
