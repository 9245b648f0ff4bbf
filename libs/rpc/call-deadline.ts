/** How long a call at a server may take: what its caller has asked for, within the limits. */
import { Code, ConnectError } from '@connectrpc/connect'
import { parseTimeout } from '@connectrpc/connect/protocol-grpc'

export class CallDeadline {
  readonly #late: (reason: ConnectError) => void
  #at: number | undefined
  #timer: NodeJS.Timeout | undefined

  /** `late` is called with the error for the caller. */
  constructor(late: (reason: ConnectError) => void) {
    this.#late = late
  }

  /** What is left of what the caller has asked for; undefined where it has not. */
  get leftMs(): number | undefined {
    return this.#at === undefined ? undefined : this.#at - performance.now()
  }

  /** Reads `grpc-timeout`, which counts from the arrival of the call; throws where it is malformed or over. */
  read(text: string | undefined, arrivedAt: number): void {
    if (text === undefined) return
    const { timeoutMs, error } = parseTimeout(text, Number.MAX_SAFE_INTEGER)
    if (error) throw error
    this.#at = arrivedAt + (timeoutMs ?? 0)
    if (this.#at <= performance.now()) throw tooLate('the deadline had passed when the call came')
  }

  /** From now on; none where it is undefined. */
  start(afterMs: number | undefined, message: string): void {
    this.stop()
    if (afterMs === undefined) return
    this.#timer = setTimeout(() => this.#late(tooLate(message)), Math.max(0, afterMs))
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

function tooLate(message: string): ConnectError {
  return new ConnectError(message, Code.DeadlineExceeded)
}
