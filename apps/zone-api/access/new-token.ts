/** Random tokens. */
import { createHash, randomBytes } from 'node:crypto'

export interface NewToken {
  /** Shown once. */
  readonly token: string
  /** Kept. */
  readonly sha256: Uint8Array
}

/** `zc_` and 256 random bits. */
export function newToken(): NewToken {
  const token = `zc_${randomBytes(32).toString('base64url')}`
  return { token, sha256: new Uint8Array(createHash('sha256').update(token).digest()) }
}
