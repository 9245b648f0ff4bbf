/** `zonectl access token …`, `access password set`, `access certificate add` and `access own …`. */
import { type Credential, CredentialKind } from '@zonecast/contract/generated/zonecast/access/v1/credential_pb'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { randomUUID } from 'node:crypto'
import type { CredentialFlags } from '../commands/access.ts'
import type { ReasonFlags } from '../commands/define.ts'
import { CliError, usageError } from '../failure.ts'
import { timeText } from '../output/json.ts'
import { fields, table } from '../output/table.ts'
import type { Run } from '../run.ts'
import { firstLineOf, writeNewFile } from '../secret-files.ts'

export async function tokenCreate(run: Run, [principal = '']: string[], flags: CredentialFlags): Promise<void> {
  const secret = { case: 'token', value: {} } as const
  const asked = { principal, secret, label: flags.label ?? '', ...common(flags) }
  const { access } = await run.api()
  const { credential, token } = await intoFile(flags.out, () => access.createCredential(asked))
  await printToken(run, credential!, token, flags)
}

export async function tokenRotate(run: Run, [id = '']: string[], flags: CredentialFlags): Promise<void> {
  const overlapSeconds = Math.round((flags.overlap ?? 0) / 1000)
  const { access } = await run.api()
  const asked = { id, overlapSeconds, ...common(flags) }
  const { credential, token } = await intoFile(flags.out, () => access.rotateCredential(asked))
  await printToken(run, credential!, token, flags)
}

/** The file is made before the token: one that could not be kept would be in force and known to nobody, and what it replaces gone. */
async function intoFile<Answer extends { token: string }>(out: string | undefined, ask: () => Promise<Answer>): Promise<Answer> {
  if (out === undefined) return ask()
  let answer: Answer | undefined
  await writeNewFile(out, async () => {
    answer = await ask()
    return `${answer.token}\n`
  })
  return answer!
}

/** The token alone on stdout, so that it can go into a file or a variable; what it is, on stderr. */
async function printToken(run: Run, credential: Credential, token: string, { out }: CredentialFlags): Promise<void> {
  const shown = credentialJson(credential)
  const where = out === undefined ? 'it is not shown again' : `it is in ${out}`
  if (run.format === 'table') run.talk(`${credential.id} of ${credential.principal}; ${where}`)
  await run.emit(out === undefined ? { ...shown, token } : shown, () => (out === undefined ? `${token}\n` : ''))
}

export async function credentialRevoke(run: Run, [id = '']: string[], { reason = '' }: ReasonFlags): Promise<void> {
  const { credential } = await (await run.api()).access.revokeCredential({ id, requestId: randomUUID(), reason })
  await print(run, credential!)
}

/** One of the caller's. */
export async function ownRevoke(run: Run, [id = '']: string[], { reason = '' }: ReasonFlags): Promise<void> {
  const { credential } = await (await run.api()).access.revokeOwnCredential({ id, requestId: randomUUID(), reason })
  await print(run, credential!)
}

/** The caller's own, which it has to know. */
export async function ownPassword(run: Run, _: string[], flags: CredentialFlags): Promise<void> {
  const { currentPasswordFile, newPasswordFile, reason = '' } = flags
  if (currentPasswordFile === '-' && newPasswordFile === '-')
    throw usageError('stdin holds one password: name a file for the other')
  const currentPassword = await readPassword(run, {
    file: currentPasswordFile,
    flag: '--current-password-file',
    ask: ['Password now'],
  })
  const newPassword = await readPassword(run, { ...newOne, file: newPasswordFile })
  const { credential } = await (await run.api()).access.changeOwnPassword({ currentPassword, newPassword, reason })
  await print(run, credential!)
}

/** All of a principal's, or of the caller's own where none is named. */
export async function credentialList(run: Run, [principal = '']: string[]): Promise<void> {
  const { access } = await run.api()
  const { credentials } = await (principal === '' ? access.listOwnCredentials({}) : access.listCredentials({ principal }))
  const shown = credentials.map(credentialJson)
  // Whoever asks has shown one that is in force: where none is listed, it is not of those that are kept here.
  if (principal === '' && shown.length === 0) run.talk('your credential is of the bootstrap file, and is changed there alone')
  await run.emit({ credentials: shown }, () => {
    const columns = ['CREDENTIAL', 'KIND', 'LABEL', 'STATE', 'LAST USED'].map((title) => ({ title }))
    return table(
      columns,
      shown.map((each) => [each.id, each.kind, each.label, stateText(each), each.lastUsedAt ?? 'never']),
    )
  })
}

/** The new one first, so that the principal is never without. */
export async function passwordSet(run: Run, [principal = '']: string[], flags: CredentialFlags): Promise<void> {
  const value = await readPassword(run, { ...newOne, file: flags.newPasswordFile })
  const { access } = await run.api()
  const before = (await access.listCredentials({ principal })).credentials
  const { credential } = await access.createCredential({ principal, secret: { case: 'password', value }, ...common(flags) })
  for (const { id, kind, revokedAt } of before)
    if (kind === CredentialKind.PASSWORD && !revokedAt) await access.revokeCredential({ id, requestId: randomUUID() })
  await print(run, credential!)
}

export async function certificateAdd(run: Run, [principal = '']: string[], flags: CredentialFlags): Promise<void> {
  const { fingerprint = '', subject = '', label = '' } = flags
  if (fingerprint === '' && subject === '')
    throw usageError('say which certificate: --fingerprint HEX, or --subject NAME for one of its names')
  const value = { fingerprint: fingerprint.replaceAll(':', '').toLowerCase(), subject }
  const asked = { principal, secret: { case: 'certificate', value }, label, ...common(flags) } as const
  await print(run, (await (await run.api()).access.createCredential(asked)).credential!)
}

function common({ expires, reason = '' }: CredentialFlags) {
  return { ...(expires && { expiresAt: timestampFromDate(expires) }), requestId: randomUUID(), reason }
}

/** Where a password is, and what a person is asked: what is new, twice. */
interface PasswordSource {
  readonly file: string | undefined
  readonly flag: string
  readonly ask: readonly string[]
}

const newOne = { flag: '--new-password-file', ask: ['New password', 'Once more'] }

/** From a file, from stdin, or from a person who sees nothing of it; never from an argument. */
async function readPassword(run: Run, { file, flag, ask }: PasswordSource): Promise<string> {
  if (file !== undefined) return firstLineOf(run.io, file)
  if (!run.canAsk) throw usageError(`say where the password is: ${flag} FILE, or - for stdin`)
  const { password } = await import('@clack/prompts')
  const said: unknown[] = []
  for (const message of ask) said.push(await password({ message, output: run.io.stderr }))
  const [first] = said
  if (typeof first !== 'string' || said.some((each) => each !== first))
    throw new CliError('nothing was done: the passwords differ')
  return first
}

async function print(run: Run, credential: Credential): Promise<void> {
  const shown = credentialJson(credential)
  const { id, principal, kind, label, createdAt, fingerprint, subject } = shown
  await run.emit(shown, () =>
    fields({
      credential: id,
      principal,
      kind,
      label: label || undefined,
      certificate: fingerprint || subject || undefined,
      state: stateText(shown),
      created: createdAt ?? undefined,
    }),
  )
}

const kindTexts: Readonly<Record<number, string>> = {
  [CredentialKind.TOKEN]: 'token',
  [CredentialKind.PASSWORD]: 'password',
  [CredentialKind.CERTIFICATE]: 'certificate',
}

function credentialJson(credential: Credential) {
  const { id, principal, kind, label, fingerprint, subject, createdBy } = credential
  const { createdAt, expiresAt, lastUsedAt, revokedAt } = credential
  const times = {
    createdAt: timeText(createdAt),
    expiresAt: timeText(expiresAt),
    lastUsedAt: timeText(lastUsedAt),
    revokedAt: timeText(revokedAt),
  }
  return { id, principal, kind: kindTexts[kind] ?? 'unknown', label, fingerprint, subject, createdBy, ...times }
}

function stateText({ expiresAt, revokedAt }: ReturnType<typeof credentialJson>): string {
  if (revokedAt) return `revoked ${revokedAt}`
  if (!expiresAt) return 'in force'
  return Date.parse(expiresAt) > Date.now() ? `in force until ${expiresAt}` : `ended ${expiresAt}`
}
