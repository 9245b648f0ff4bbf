/** ReleaseService.Follow: the one long stream of an edge. */
import type { HandlerContext } from '@connectrpc/connect'
import { ContractError } from '@zonecast/contract'
import type {
  FollowRequest as RequestMessage,
  FollowResponse as ResponseMessage,
} from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { invalidRequest, permissionDenied, principalOf } from '@zonecast/rpc'
import { wallMs } from '@zonecast/runtime'
import type { Hello, Release } from '@zonecast/sync'
import type { ReleaseNote } from '../ingest/recent-deltas.ts'
import type { Edges } from './edges.ts'
import { EdgeStream, type EdgeOfCredential, type EdgeStreamPorts } from './edge-stream.ts'
import { requestFromMessage, responseToMessage } from './follow-messages.ts'

export interface FollowPorts extends EdgeStreamPorts {
  readonly edges: Edges
  readonly onConnected: (stream: EdgeStream) => void
  readonly onDisconnected: (stream: EdgeStream) => void
}

/** An edge says Hello within this time. */
const helloMs = 10_000

export async function* follow(
  ports: FollowPorts,
  requests: AsyncIterable<RequestMessage>,
  context: Pick<HandlerContext, 'values' | 'signal'>,
): AsyncGenerator<ResponseMessage, void, undefined> {
  const { clock } = ports
  const edge = edgeOf(context)
  const incoming = requests[Symbol.asyncIterator]()
  const hello = await helloOf(ports, incoming, edge)
  if (hello === undefined) return
  const stream = new EdgeStream(ports, edge)
  const end = () => stream.outgoing.end()
  context.signal.addEventListener('abort', end)
  enter(ports, stream, hello)
  void read(ports, stream, incoming)
  try {
    for await (const response of stream.outgoing) {
      const done = response.kind === 'release' ? releasing(ports, stream, response) : undefined
      yield responseToMessage(response, clock.now())
      done?.()
    }
  } finally {
    context.signal.removeEventListener('abort', end)
    leave(ports, stream)
  }
}

/** Times a release until the stream has taken it. */
function releasing({ counters, steps }: FollowPorts, { edgeId }: EdgeStream, { zone, state, note }: Release): () => void {
  const done = counters.steps.stepTimer('release')
  const startMs = wallMs()
  return () => {
    done()
    const { traceparent } = note as ReleaseNote
    steps.note('release', { zone, state, edgeId, traceparent }, startMs, wallMs())
  }
}

/** The edge that a credential was made for, and what it may follow. */
export function edgeOf(context: Pick<HandlerContext, 'values'>): EdgeOfCredential {
  const { edgeId, placements = [] } = principalOf(context)
  if (edgeId === undefined) throw permissionDenied('release.follow', 'this needs the credential of an edge')
  return { edgeId, placements }
}

/** The first message; undefined where the edge went before it said anything. */
async function helloOf(
  { clock }: FollowPorts,
  incoming: AsyncIterator<RequestMessage>,
  { edgeId }: EdgeOfCredential,
): Promise<Hello | undefined> {
  const first = await new Promise<IteratorResult<RequestMessage>>((resolve, reject) => {
    const late = clock.schedule(helloMs, () => reject(badMessage('an edge says Hello first, within ten seconds')))
    incoming
      .next()
      .then(resolve, reject)
      .finally(() => late.cancel())
  })
  if (first.done) return undefined
  const hello = reading(() => requestFromMessage(first.value, clock.now()))
  if (hello.kind !== 'hello') throw badMessage('an edge says Hello first')
  if (hello.edgeId !== edgeId) {
    throw permissionDenied('release.follow', `the credential is that of edge ${edgeId}, not of ${hello.edgeId}`)
  }
  return hello
}

function enter({ edges, onConnected, log }: FollowPorts, stream: EdgeStream, hello: Hello): void {
  edges.add(stream)
  log.info(
    { edge: stream.edgeId, placements: hello.placements, zones: hello.shards.reduce((sum, { zones }) => sum + zones, 0) },
    'an edge follows',
  )
  onConnected(stream)
  stream.received(hello)
}

function leave({ edges, onProgress, onDisconnected, log }: FollowPorts, stream: EdgeStream): void {
  stream.close()
  const wasCurrent = edges.isCurrent(stream)
  edges.remove(stream)
  log.info({ edge: stream.edgeId }, 'an edge has left')
  if (!wasCurrent) return
  const left = edges.of(stream.edgeId)
  // What it told while another stream counted was told to nobody.
  if (left) onProgress(left, left.full())
  else onDisconnected(stream)
}

async function read({ clock }: FollowPorts, stream: EdgeStream, incoming: AsyncIterator<RequestMessage>): Promise<void> {
  try {
    for (let next = await incoming.next(); !next.done; next = await incoming.next()) {
      const message = next.value
      stream.received(reading(() => requestFromMessage(message, clock.now())))
    }
    stream.outgoing.end()
  } catch (error) {
    stream.outgoing.fail(error)
  }
}

function reading<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof ContractError ? badMessage(error.message) : error
  }
}

function badMessage(message: string) {
  return invalidRequest([{ field: 'message', reason: 'MALFORMED', message }])
}
