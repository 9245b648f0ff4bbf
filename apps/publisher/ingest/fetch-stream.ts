/** Deltas from the zone API: one long stream that carries the wants of many zones. */
import { create } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { ContractError, headFromMessage, joinDeltaMessages, stateToMessage, type NamedDelta } from '@zonecast/contract'
import {
  type ContentService,
  FetchRequestSchema,
  type FetchRequest,
  type FetchResponse,
} from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import type { DeltaPiece } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import { AsyncQueue } from '@zonecast/runtime'
import type { Head, ZoneState } from '@zonecast/zone'

export type FetchAnswer =
  | { readonly kind: 'delta'; readonly head: Head; readonly named: NamedDelta }
  | { readonly kind: 'current'; readonly head: Head }
  | { readonly kind: 'walk'; readonly head: Head }
  | { readonly kind: 'unknown' }

interface Want {
  readonly resolve: (answer: FetchAnswer) => void
  readonly reject: (error: unknown) => void
  head: Head | undefined
  pieces: DeltaPiece[]
  octets: number
}

interface OpenStream {
  readonly requests: AsyncQueue<FetchRequest>
  readonly wants: Map<bigint, Want>
  readonly stop: AbortController
}

/** A delta is held whole before it is taken; beyond this a walk serves better. */
const largestDelta = 8 * 1024 * 1024

/** Opened with the first want, and again with the first after it broke; what was asked for on a broken stream fails. */
export class FetchStream {
  readonly #client: () => Client<typeof ContentService>
  #stream: OpenStream | undefined
  #lastWant = 0n

  constructor(client: () => Client<typeof ContentService>) {
    this.#client = client
  }

  /** Asks for what changed since a state. */
  fetch(zone: string, have: ZoneState): Promise<FetchAnswer> {
    const { requests, wants } = (this.#stream ??= this.#open())
    const want = ++this.#lastWant
    return new Promise((resolve, reject) => {
      wants.set(want, { resolve, reject, head: undefined, pieces: [], octets: 0 })
      void requests.push(create(FetchRequestSchema, { want, zone, have: stateToMessage(have) }))
    })
  }

  /** What was asked for fails; it may be asked again, on a new stream. */
  close(): void {
    this.#stream?.stop.abort()
    this.#stream = undefined
  }

  #open(): OpenStream {
    const stream = { requests: new AsyncQueue<FetchRequest>(1024), wants: new Map<bigint, Want>(), stop: new AbortController() }
    void this.#read(stream)
    return stream
  }

  async #read(stream: OpenStream): Promise<void> {
    const { requests, wants, stop } = stream
    let failure: unknown = new Error('the stream of deltas has ended')
    try {
      for await (const response of this.#client().fetch(requests, { signal: stop.signal })) take(wants, response)
    } catch (error) {
      failure = error
    }
    if (this.#stream === stream) this.#stream = undefined
    requests.end()
    stop.abort()
    for (const { reject } of wants.values()) reject(failure)
  }
}

function take(wants: Map<bigint, Want>, { want: id, head, answer }: FetchResponse): void {
  const want = wants.get(id)
  if (want === undefined) return // the first message answers none; a large delta that was given up still has pieces
  if (head) want.head = headFromMessage(head)
  const done = answerOf(want, answer)
  if (done === undefined) return
  wants.delete(id)
  want.resolve(done)
}

function answerOf(want: Want, answer: FetchResponse['answer']): FetchAnswer | undefined {
  if (answer.case === 'unknownZone') return { kind: 'unknown' }
  const { head } = want
  if (head === undefined) throw new ContractError('an answer without a head')
  if (answer.case === 'upToDate') return { kind: 'current', head }
  if (answer.case === 'walkNeeded') return { kind: 'walk', head }
  if (answer.case !== 'delta') throw new ContractError('an answer of no kind')
  want.pieces.push(answer.value)
  want.octets += answer.value.removed.length + answer.value.added.length
  if (answer.value.last) return { kind: 'delta', head, named: joinDeltaMessages(want.pieces) }
  return want.octets > largestDelta ? { kind: 'walk', head } : undefined
}
