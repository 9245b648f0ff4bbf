/** Where a command took its credential from, for whoever reads that it does not count. */
import { Code, ConnectError } from '@connectrpc/connect'
import type { CommonFlags } from './run.ts'

export interface CredentialSource {
  readonly flags: CommonFlags
  /** True for a flag that a variable stands for. */
  readonly isVariable: (flag: string) => boolean
  /** The file of the data folder, where no flag named one. */
  readonly folderFile: string | undefined
}

/** What was shown, in the words of the command line, and the way out; nothing where the credential was not what was wrong. */
export function credentialAdvice(error: unknown, { flags, isVariable, folderFile }: CredentialSource): string[] {
  if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) return []
  const { user, passwordFile, tokenFile, clientCert } = flags
  const flagOf = (name: keyof CommonFlags, flag: string, variable: string) =>
    isVariable(name) ? `ZONECAST_${variable}` : `--${flag}`
  const said = (...of: Parameters<typeof flagOf>) => `${flagOf(...of)} ${String(flags[of[0]])}`
  if (user !== undefined && passwordFile !== undefined) {
    // The name is not said again: a password typed in its place would stand in the output of whatever ran this.
    const [who, file] = [flagOf('user', 'user', 'USER'), said('passwordFile', 'password-file', 'PASSWORD_FILE')]
    const way =
      'mend one of them, take a token (--token-file F), or have another password set: "zonectl access password set NAME"'
    return [`the name was that of ${who}, the password was read from ${file}`, way]
  }
  if (tokenFile !== undefined) {
    const way = 'name another file, or have another token made: "zonectl access token create PRINCIPAL --out FILE"'
    return [`the token was read from ${said('tokenFile', 'token-file', 'TOKEN_FILE')}`, way]
  }
  if (folderFile !== undefined) {
    const way = 'is it the system of that folder? --data DIR names another folder, --token-file F another token'
    return [`the token was read from the data folder: ${folderFile}`, way]
  }
  if (clientCert === undefined) return []
  const way = 'show another, or have it made known: "zonectl access certificate add PRINCIPAL"'
  return [`the certificate was read from ${said('clientCert', 'client-cert', 'CLIENT_CERT_FILE')}`, way]
}
