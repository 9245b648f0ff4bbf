/** What is said of page tokens that are none. */
import { invalidRequest, type Refusal } from '@zonecast/rpc'

export function strangeToken(): Refusal {
  const message = 'this is not a token of an earlier page; begin without one'
  return invalidRequest([{ field: 'page_token', reason: 'PAGE_TOKEN_INVALID', message }])
}

/** What a token names; one of ours names what there can be. */
export function fromToken<Named>(read: () => Named): Named {
  try {
    return read()
  } catch {
    throw strangeToken()
  }
}
