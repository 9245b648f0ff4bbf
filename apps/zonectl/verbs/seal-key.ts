/** `zonectl seal-key list`, `create`, `first`, `reseal` and `remove`. */
import type { SealKeyUse } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { makeSealKey, type SealKey, updateSealKeys } from '@zonecast/runtime/sealing'
import { existsSync } from 'node:fs'
import type { SealKeyFlags } from '../commands/seal-key.ts'
import { CliError } from '../failure.ts'
import { fields, table } from '../output/table.ts'
import { count } from '../output/text.ts'
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
  if (!flags.force && !existsSync(file)) await demandNoneLost(run, file)
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
  const stay = count(sum.unread, 'secret stays as it is', 'secrets stay as they are')
  const unread = sum.unread > 0 ? `${stay}: "seal-key list" shows which key is missing` : undefined
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

/** A file made anew has none of the keys that were in the lost one, and the zone API that still has them would forget them. */
async function demandNoneLost(run: Run, file: string): Promise<void> {
  const wanted = (await keysInUse(run)).filter(({ secrets }) => secrets > 0)
  if (wanted.length === 0) return
  const sealed = wanted.map(({ id, secrets }) => `${count(secrets, 'secret is', 'secrets are')} sealed under ${id}`).join(', ')
  throw new CliError(`${file} is not there, and ${sealed}: put its copy back`, 1, [
    'where there is no copy those secrets are lost for good; begin anew then: zonectl seal-key create --force',
  ])
}

async function demandUnused(run: Run, id: string): Promise<void> {
  const { secrets = 0, seals = false } = (await keysInUse(run)).find((key) => key.id === id) ?? {}
  if (secrets === 0) return
  const sealed = `${count(secrets, 'secret is', 'secrets are')} sealed under ${id}`
  if (!seals) throw new CliError(`${sealed}; first: zonectl seal-key reseal`)
  throw new CliError(`${sealed}, which is the key that seals`, 1, [
    'let another one seal (zonectl seal-key create, or seal-key first OTHER), then: zonectl seal-key reseal',
  ])
}

/** As the zone API has them; where it cannot be asked, that is what there is to tell, and how to do without. */
async function keysInUse(run: Run): Promise<readonly SealKeyUse[]> {
  try {
    return (await (await run.api()).seals.listSealKeys({})).keys
  } catch (error) {
    const known = await run.explain(error)
    if (!(known instanceof CliError)) throw error
    const more = 'the zone API is asked first which keys its secrets need; --force does without'
    throw new CliError(known.message, known.exitCode, [...known.more, more])
  }
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
