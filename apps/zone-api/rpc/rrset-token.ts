/** Page tokens of RRset listings: the last RRset of a page, opaque to callers. */
import { putU16, scanName, u16At, WireError } from '@zonecast/dns'
import type { RRsetCursor } from '../database/zone-database.ts'
import { strangeToken } from './page-token.ts'

export function tokenOfCursor({ owner, type, space }: RRsetCursor): string {
  const octets = new Uint8Array(3 + owner.length)
  octets[0] = space
  putU16(octets, 1, type)
  octets.set(owner, 3)
  return Buffer.from(octets).toString('base64url')
}

export function cursorOfToken(token: string): RRsetCursor {
  const octets = new Uint8Array(Buffer.from(token, 'base64url'))
  const space = octets[0]
  if (!isWhole(octets) || (space !== 0 && space !== 1)) {
    throw strangeToken()
  }
  return { space, type: u16At(octets, 1), owner: octets.subarray(3) }
}

function isWhole(octets: Uint8Array): boolean {
  if (octets.length < 4) return false
  try {
    return scanName(octets, 3, octets.length) === octets.length
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}
