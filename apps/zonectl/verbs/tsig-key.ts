/** `zonectl tsig-key create`, `list`, `show`, `secret` and `delete`. */
import type { TSIGKey } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { randomUUID } from 'node:crypto'
import type { TSIGKeyFlags } from '../commands/tsig-key.ts'
import { usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { firstLineOf, writeNewFile } from '../secret-files.ts'
import { timeText } from '../output/json.ts'
import { fields, table } from '../output/table.ts'
import { demandFitsConfig, fitsConfig, keyConfig } from '../output/tsig-config.ts'
import { collect, pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'

export async function tsigKeyCreate(run: Run, [name = '']: string[], flags: TSIGKeyFlags): Promise<void> {
  const { algorithm = '', secretFile, reason = '' } = flags
  const secret = secretFile === undefined ? '' : (await firstLineOf(run.io, secretFile)).trim()
  if (secretFile !== undefined && secret === '') throw usageError(`${secretFile} holds no secret in its first line`)
  const { transfer } = await run.api()
  const { key, warnings } = await transfer.createTSIGKey({ name, algorithm, secret, requestId: randomUUID(), reason })
  for (const { message, rfc } of warnings) run.talk(`warning: ${message}${rfc && ` (${rfc})`}`)
  if (!fitsConfig(key!.name))
    run.talk(
      `warning: ${key!.name} cannot be written into a configuration as it is; "tsig-key secret" prints it with -o json alone`,
    )
  await print(run, key!)
}

export async function tsigKeyList(run: Run): Promise<void> {
  const { transfer } = await run.api()
  const pages = pagesOf(
    (pageToken) => transfer.listTSIGKeys({ pageToken, pageSize: 1000 }),
    (page) => page.keys,
  )
  const keys = (await collect(pages)).map(keyJson)
  await run.emit({ keys }, () => {
    const columns = ['KEY', 'ALGORITHM', 'OCTETS', 'SEAL KEY', 'CREATED'].map((title) => ({ title }))
    const rows = keys.map((key) => [key.name, key.algorithm, String(key.secretOctets), key.sealKey, key.createdAt ?? ''])
    return table(columns, rows)
  })
}

export async function tsigKeyShow(run: Run, [name = '']: string[]): Promise<void> {
  await print(run, (await (await run.api()).transfer.getTSIGKey({ name })).key!)
}

/** The configuration alone on stdout, so that it can go into a file. */
export async function tsigKeySecret(run: Run, [name = '']: string[], flags: TSIGKeyFlags): Promise<void> {
  const { for: form = 'bind', out, reason = '' } = flags
  // Before the secret is asked for: the audit log tells of that.
  if (run.format === 'table') demandFitsConfig(keyName(name))
  const { transfer } = await run.api()
  const asked = async () => {
    const { key, secret } = await transfer.revealTSIGKey({ name, reason })
    return { name: key!.name, algorithm: key!.algorithm, secret }
  }
  if (out === undefined) {
    const shared = await asked()
    return run.emit(shared, () => keyConfig(form, shared))
  }
  if (run.format !== 'table') throw usageError('--out takes the configuration; -o json and -o yaml go to stdout')
  await writeNewFile(out, async () => keyConfig(form, await asked()))
  run.talk(`the key is in ${out}`)
}

export async function tsigKeyDelete(run: Run, [text = '']: string[], { reason = '' }: TSIGKeyFlags): Promise<void> {
  const name = keyName(text)
  await run.confirm(`Delete the TSIG key ${name} and its secret?`)
  await (await run.api()).transfer.deleteTSIGKey({ name, requestId: randomUUID(), reason })
  await run.emit({ name, deleted: true }, () => fields({ key: name, deleted: 'its secret is gone' }))
}

/** As the zone API has it, in which upper and lower case are one. */
const keyName = (text: string) => zoneName(text).toLowerCase()

async function print(run: Run, key: TSIGKey): Promise<void> {
  const shown = keyJson(key)
  const { name, algorithm, secretOctets, sealKey, createdAt, createdBy } = shown
  const made = `${createdAt ?? ''} by ${createdBy}`
  await run.emit(shown, () =>
    fields({ key: name, algorithm, secret: `${secretOctets} octets, sealed under ${sealKey}`, created: made }),
  )
}

function keyJson({ name, algorithm, secretOctets, sealKey, createdAt, createdBy }: TSIGKey) {
  return { name, algorithm, secretOctets, sealKey, createdAt: timeText(createdAt), createdBy }
}
