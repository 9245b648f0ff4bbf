/** Calls end when their signal says so, even where a handler waits for something that never comes. */
import { Code, ConnectError } from '@connectrpc/connect'

/** Why a signal was aborted, as an error that a caller understands. */
export function reasonOf(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason
  return reason instanceof Error && reason.name === 'AbortError'
    ? new ConnectError('the call was cancelled', Code.Canceled)
    : reason
}

/** What `work` gives, or the signal's reason if that comes first. */
export function interruptedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(reasonOf(signal))
    const interrupt = () => reject(reasonOf(signal))
    const settle = (outcome: () => void) => {
      signal.removeEventListener('abort', interrupt)
      outcome()
    }
    signal.addEventListener('abort', interrupt)
    const succeed = (value: T) => settle(() => resolve(value))
    work.then(succeed, (error: unknown) => settle(() => reject(error)))
  })
}

export interface Watcher<T> {
  /** Sees each message; what it throws ends the iteration. */
  readonly each?: (message: T) => void
  readonly mapError?: (error: unknown) => unknown
  /** Called once: at the end, on an error, or when the consumer leaves. */
  readonly done?: (error: unknown) => void
}

/**
 * The same messages, until the signal is aborted. It stands on the hot path of every stream, so it is one promise a message and
 * one listener a stream, where a generator and a race would cost several.
 */
export function interruptible<T>(source: AsyncIterable<T>, signal: AbortSignal, watcher: Watcher<T> = {}): AsyncIterable<T> {
  const { each, mapError = (error) => error } = watcher
  let { done } = watcher
  const finish = (error?: unknown) => {
    done?.(error)
    done = undefined
  }
  // A generator that waits does not even return: once interrupted, nobody waits for it.
  const leave = (left: Promise<unknown> | undefined) => (signal.aborted ? void left?.catch(() => {}) : left)
  return {
    [Symbol.asyncIterator]() {
      const inner = source[Symbol.asyncIterator]()
      let interrupt: ((reason: unknown) => void) | undefined
      signal.addEventListener('abort', () => interrupt?.(reasonOf(signal)))
      return {
        next() {
          return new Promise((resolve, reject) => {
            const fail = (error: unknown) => {
              interrupt = undefined
              const mapped = mapError(error)
              finish(mapped)
              reject(mapped)
            }
            if (signal.aborted) return fail(reasonOf(signal))
            const settle = (result: IteratorResult<T>) => {
              if (!interrupt) return
              try {
                if (result.done) finish()
                else each?.(result.value)
                interrupt = undefined
                resolve(result)
              } catch (error) {
                fail(error)
              }
            }
            interrupt = fail
            inner.next().then(settle, fail)
          })
        },
        async return(value?: unknown) {
          finish()
          await leave(inner.return?.(value))
          return { done: true as const, value: undefined }
        },
        async throw(error?: unknown) {
          finish(error)
          await leave(inner.throw?.(error))
          return { done: true as const, value: undefined }
        },
      }
    },
  }
}
