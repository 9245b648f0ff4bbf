/** Calls of one connection that run at once are few: the others wait for their turn, and other connections do not wait for them. */
import type { DescMethod } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'

interface Queue {
  running: number
  readonly waiting: (() => void)[]
}

export class Turns {
  readonly #most: number
  readonly #queues = new WeakMap<object, Queue>()

  constructor(most: number) {
    this.#most = most
  }

  /** Undefined where it may run at once; else settles when it may. `end` is called once for each. */
  take(connection: object): Promise<void> | undefined {
    let queue = this.#queues.get(connection)
    if (!queue) this.#queues.set(connection, (queue = { running: 0, waiting: [] }))
    const { waiting } = queue
    if (queue.running >= this.#most) return new Promise((resolve) => waiting.push(resolve))
    queue.running++
    return undefined
  }

  end(connection: object): void {
    const queue = this.#queues.get(connection)
    const next = queue?.waiting.shift()
    if (next) next()
    else if (queue) queue.running--
  }
}

/** A stream that says nothing at first does not keep its turn for longer. */
const firstAnswerMs = 250

/**
 * Runs what reads in its connection's turn; what writes, and what a client's messages drive, runs at once. A stream has its turn until its
 * first answer.
 */
export function inTurn<T>(
  turns: Turns,
  connection: object | undefined,
  { methodKind, idempotency }: DescMethod,
  run: () => T,
): T | Promise<Awaited<T>> {
  const isStream = methodKind === 'server_streaming'
  const reads = isStream || idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
  return reads && connection ? runInTurn(turns, connection, isStream, run) : run()
}

async function runInTurn<T>(turns: Turns, connection: object, isStream: boolean, run: () => T): Promise<Awaited<T>> {
  const turn = turns.take(connection)
  if (turn) await turn
  let isOver = false
  const end = () => {
    if (!isOver) turns.end(connection)
    isOver = true
  }
  const timer = isStream ? setTimeout(end, firstAnswerMs) : undefined
  try {
    return await run()
  } finally {
    clearTimeout(timer)
    end()
  }
}
