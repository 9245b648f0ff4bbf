/** Sealing as services use it: what goes wrong with it is a refusal. */
import { preconditionFailed } from '@zonecast/rpc'
import { SealBroken, SealKeyMissing } from '@zonecast/runtime/sealing'

/** Runs what seals or opens. `what` is the thing whose secret it is, such as `TSIG key k.`. */
export function sealing<Result>(what: string, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    const { message } = error as Error
    if (error instanceof SealKeyMissing)
      throw preconditionFailed([{ reason: 'SEAL_KEY_MISSING', subject: error.keyId || what, message }])
    if (!(error instanceof SealBroken)) throw error
    const broken = `the secret of ${what} cannot be read (${message}): it was altered in the database; delete it and make it anew`
    throw preconditionFailed([{ reason: 'SEAL_BROKEN', subject: what, message: broken }])
  }
}
