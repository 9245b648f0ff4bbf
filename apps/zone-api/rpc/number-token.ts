/** Page tokens that hold a number; opaque, so that this may change. */
import { invalidRequest } from '@zonecast/rpc'

export function tokenOfNumber(number: bigint): string {
  return Buffer.from(String(number)).toString('base64url')
}

export function numberOfToken(token: string): bigint {
  const text = Buffer.from(token, 'base64url').toString('latin1')
  if (/^\d{1,16}$/.test(text) && tokenOfNumber(BigInt(text)) === token) return BigInt(text)
  const message = 'this is not a token of an earlier page; begin without one'
  throw invalidRequest([{ field: 'page_token', reason: 'NAME_INVALID', message }])
}
