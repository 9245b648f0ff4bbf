/** What a client says of who it is with each call: a token, or a name and a password, from memory or from a file. */
import { Code, ConnectError } from '@connectrpc/connect'
import { readFileSync } from 'node:fs'

export interface ClientCredentialOptions {
  readonly token?: string
  /** Holds the token; read for each stream, and again when the server refuses a unary call. */
  readonly tokenFile?: string
  /** A principal with a password, in place of a token. Only the zone API takes passwords. */
  readonly username?: string
  readonly password?: string
  /** Holds the password, where it is not given; read when the token file would be. */
  readonly passwordFile?: string
}

export interface ClientCredential {
  /** The value of `authorization`; undefined where the connection alone says who it is. */
  readonly current: () => string | undefined
  /** What the file holds now, and goes on holding for unary calls. */
  readonly renew: () => void
  /** Passes an error on; a credential that the server refused is read again for the next call. */
  readonly forget: (error: unknown) => never
}

export function hasCredential({ token, tokenFile, username }: ClientCredentialOptions): boolean {
  return token !== undefined || tokenFile !== undefined || username !== undefined
}

export function credentialOf(options: ClientCredentialOptions): ClientCredential {
  const { token, tokenFile, username, password, passwordFile } = options
  if (username !== undefined && (token !== undefined || tokenFile !== undefined)) {
    throw new TypeError('a client has a token or a username, not both')
  }
  const file = username === undefined ? tokenFile : passwordFile
  const named = username !== undefined && password !== undefined ? basic(username, password) : undefined
  const given = token === undefined ? named : `Bearer ${token}`
  let known = given
  const read = () => {
    if (file === undefined) return undefined
    const secret = readFileSync(file, 'utf8')
    return username === undefined ? `Bearer ${secret.trim()}` : basic(username, secret.replace(/\r?\n$/, ''))
  }
  return {
    current: () => (known ??= read()),
    renew() {
      if (file !== undefined) known = given
    },
    forget(error) {
      if (file !== undefined && ConnectError.from(error).code === Code.Unauthenticated) known = given
      throw error
    },
  }
}

/** Basic takes every character, where the metadata `username` and `password` take ASCII alone (RFC 7617 §2). */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
