/** A call that has to be refused. */
import { strict as assert } from 'node:assert'
import { ConnectError } from '@connectrpc/connect'

/** The error that it ends with. */
export function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => assert.fail('it was taken'),
    (error: unknown) => ConnectError.from(error),
  )
}
