/** Times with fractions of a millisecond, as steps of a change need them. */
import { create } from '@bufbuild/protobuf'
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt'

/** Unix milliseconds as a message, to the microsecond. */
export function timeToMessage(ms: number): Timestamp {
  const micros = Math.round(ms * 1_000)
  const seconds = Math.floor(micros / 1e6)
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: (micros - seconds * 1e6) * 1_000 })
}

/** Unix milliseconds with a fraction. */
export function timeFromMessage({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1_000 + nanos / 1e6
}
