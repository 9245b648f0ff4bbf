/** `zonectl seal-key list`, `create`, `first`, `reseal` and `remove`. */
import type { SealKeyUse } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { makeSealKey, type SealKey, updateSealKeys } from '@zonecast/runtime/sealing'
import type { SealKeyFlags } from '../commands/seal-key.ts'
import { CliError } from '../failure.ts'
import { fields, table } from '../output/table.ts'
import { pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'
import { sealKeyFileIn } from '../up/data-folder.ts'

export async function sealKeyList(run: Run): Promise<void> {
  const { keys, fault } = await (await run.api()).seals.listSealKeys({})
  const shown = keys.map((key) => ({ id: key.id, state: stateOf(key), secrets: key.secrets }))
  if (fault !== '') run.talk(`warning: ${fault}`)
  await run.emit({ keys: shown, fault }, () =>
    table(
      ['SEAL KEY', 'STATE', 'SECRETS'].map((title) => ({ title })),
      shown.map(({ id, state, secrets }) => [id, state, String(secrets)]),
    ),
  )
}

export async function sealKeyCreate(run: Run, _: string[], flags: SealKeyFlags): Promise<void> {
  const key = makeSealKey()
  const file = fileOf(run, flags)
  const keys = updateSealKeys(file, (before) => (flags.last ? [...before, key] : [key, ...before]))
  await printFile(run, file, keys)
}

export async function sealKeyFirst(run: Run, [id = '']: string[], flags: SealKeyFlags): Promise<void> {
  const file = fileOf(run, flags)
  const keys = updateSealKeys(file, (before) => [keyOf(before, id, file), ...without(before, id)])
  await printFile(run, file, keys)
}

/** Piece by piece: what was done before this was cut off stays done. */
export async function sealKeyReseal(run: Run, _: string[], { reason = '' }: SealKeyFlags): Promise<void> {
  const { seals } = await run.api()
  const sum = { resealed: 0, unread: 0, sealKey: '' }
  const pieces = pagesOf(
    (pageToken) => seals.resealSecrets({ pageToken, reason }),
    (piece) => [piece],
  )
  for await (const [piece] of pieces) {
    sum.resealed += piece!.resealed
    sum.unread += piece!.unread
    sum.sealKey = piece!.sealKey
  }
  const unread = sum.unread > 0 ? `${sum.unread} secrets stay as they are: "seal-key list" shows which key is missing` : undefined
  await run.emit(sum, () => fields({ 'seal key': sum.sealKey, resealed: String(sum.resealed), unread }))
  if (sum.unread > 0) run.endWith(1)
}

export async function sealKeyRemove(run: Run, [id = '']: string[], flags: SealKeyFlags): Promise<void> {
  const file = fileOf(run, flags)
  if (!flags.force) await demandUnused(run, id)
  const keys = updateSealKeys(file, (before) => {
    keyOf(before, id, file)
    if (before.length > 1) return without(before, id)
    throw new CliError(`${id} is the only key in ${file}; make another one first: zonectl seal-key create`)
  })
  await printFile(run, file, keys)
}

async function demandUnused(run: Run, id: string): Promise<void> {
  const { keys } = await (await run.api()).seals.listSealKeys({})
  const { secrets = 0 } = keys.find((key) => key.id === id) ?? {}
  if (secrets > 0) throw new CliError(`${secrets} secrets are sealed under ${id}; first: zonectl seal-key reseal`)
}

function fileOf(run: Run, { sealKeyFile }: SealKeyFlags): string {
  return sealKeyFile ?? sealKeyFileIn(run.dataFolder)
}

function keyOf(keys: readonly SealKey[], id: string, file: string): SealKey {
  const key = keys.find((each) => each.id === id)
  if (!key) throw new CliError(`${file} has no key ${id}; it has ${keys.map((each) => each.id).join(', ')}`)
  return key
}

const without = (keys: readonly SealKey[], id: string) => keys.filter((each) => each.id !== id)

async function printFile(run: Run, file: string, keys: readonly SealKey[]): Promise<void> {
  const [first = '', ...others] = keys.map(({ id }) => id)
  await run.emit({ file, keys: [first, ...others] }, () =>
    fields({ file, seals: first, opens: others.length > 0 ? others.join(' ') : undefined }),
  )
}

function stateOf({ seals, missing }: SealKeyUse): string {
  return missing ? 'missing' : seals ? 'seals' : 'opens'
}
