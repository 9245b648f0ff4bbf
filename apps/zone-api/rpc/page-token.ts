/** What is said of page tokens that are none. */
import { invalidRequest, type Refusal } from '@zonecast/rpc'

export function strangeToken(): Refusal {
  const message = 'this is not a token of an earlier page; begin without one'
  return invalidRequest([{ field: 'page_token', reason: 'PAGE_TOKEN_INVALID', message }])
}
