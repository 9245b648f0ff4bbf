/** Page tokens that hold a number; opaque, so that this may change. */
import { strangeToken } from './page-token.ts'

export function tokenOfNumber(number: bigint): string {
  return Buffer.from(String(number)).toString('base64url')
}

export function numberOfToken(token: string): bigint {
  const text = Buffer.from(token, 'base64url').toString('latin1')
  if (/^\d{1,16}$/.test(text) && tokenOfNumber(BigInt(text)) === token) return BigInt(text)
  throw strangeToken()
}
