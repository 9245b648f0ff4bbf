/** The requests of a stream, given once more to another attempt. */

export interface Replayable<T> {
  again(): AsyncIterable<T>
  /** What was taken from the source cannot be given once more. */
  readonly spent: boolean
}

/** `keeps`: the source has one message, which is kept; of other sources, each attempt is given what no attempt has taken. */
export function replayable<T>(source: AsyncIterable<T>, keeps: boolean): Replayable<T> {
  const kept: Promise<IteratorResult<T>>[] = []
  const messages = source[Symbol.asyncIterator]()
  let spent = false
  return {
    again() {
      let at = 0
      return {
        [Symbol.asyncIterator]: () => ({
          next() {
            if (keeps) return (kept[at++] ??= messages.next())
            spent = true
            return messages.next()
          },
          return: async () => {
            if (!keeps) await messages.return?.()
            return { done: true, value: undefined }
          },
          throw: async (error: unknown) => {
            if (!keeps) await messages.throw?.(error)
            return { done: true, value: undefined }
          },
        }),
      }
    },
    get spent() {
      return spent
    },
  }
}
