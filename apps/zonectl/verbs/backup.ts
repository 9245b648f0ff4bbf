/** `zonectl backup` and `zonectl restore`: the database as one file. */
import { readSealKeys } from '@zonecast/runtime/sealing'
import { existsSync } from 'node:fs'
import type { RestoreFlags } from '../commands/backup.ts'
import type { DatabaseFlags } from '../commands/db.ts'
import { usageError } from '../failure.ts'
import { fields } from '../output/table.ts'
import { groupDigits } from '../output/text.ts'
import type { Run } from '../run.ts'
import { openDataFolder, sealKeyFileIn } from '../up/data-folder.ts'
import { askDatabase } from '../zone-api-program.ts'

interface BackupReport {
  readonly file: string
  readonly octets: number
  readonly manifest: {
    readonly format: number
    readonly engine: string
    readonly logId: string
    readonly takenAt: string
    readonly migrations: readonly string[]
    readonly positions: Readonly<Record<string, number>>
  }
  readonly sealKeys: readonly string[]
  readonly rows: Readonly<Record<string, number>>
  readonly zones: number
  readonly tombstones: number
  readonly records: number
}

export async function backup(run: Run, [file = '']: string[], flags: DatabaseFlags): Promise<void> {
  await show(run, await askDatabase<BackupReport>(['backup', file], run, flags))
}

export async function restore(run: Run, [file = '']: string[], flags: RestoreFlags): Promise<void> {
  if (flags.check && flags.force) throw usageError('--check writes nothing, so there is nothing to --force')
  if (flags.check) return show(run, await askDatabase<BackupReport>(['inspect', file], run, flags))
  if (flags.force) await run.confirm('Replace all zones of the database with those of the backup?')
  const report = await inFolder(run, flags, () =>
    askDatabase<BackupReport>(['restore', file, ...(flags.force ? ['--force'] : [])], run, flags),
  )
  run.talk('restored; start the programs, then run "npx zonectl db adopt": until then edges keep what they have')
  tellOfLackingKeys(run, flags, report)
  await show(run, report)
}

/** A data folder of this machine is marked as ours, and nobody may run a system in it meanwhile. */
async function inFolder<Result>(run: Run, { databaseUrl }: DatabaseFlags, work: () => Promise<Result>): Promise<Result> {
  const folder = isElsewhere(run, { databaseUrl }) ? undefined : openDataFolder(run.dataFolder)
  try {
    return await work()
  } finally {
    folder?.close()
  }
}

function isElsewhere({ io }: Run, { databaseUrl }: DatabaseFlags): boolean {
  return databaseUrl !== undefined || io.env['ZONECAST_DATABASE_URL_FILE'] !== undefined
}

/** Better said now than when the first transfer fails. Where the file of keys is not known to us, the report names them. */
function tellOfLackingKeys(run: Run, flags: DatabaseFlags, { sealKeys }: BackupReport): void {
  const named = run.io.env['ZONECAST_SEAL_KEY_FILE']
  const file = named ?? (isElsewhere(run, flags) ? undefined : sealKeyFileIn(run.dataFolder))
  const warning = file === undefined || sealKeys.length === 0 ? '' : lackOf(file, sealKeys)
  if (warning !== '') run.talk(`warning: ${warning}`)
}

/** Also of a file that cannot be used: what was restored is restored. */
function lackOf(file: string, wanted: readonly string[]): string {
  try {
    const ids = existsSync(file) ? readSealKeys(file).map(({ id }) => id) : []
    const lacking = wanted.filter((id) => !ids.includes(id))
    if (lacking.length === 0) return ''
    return `${file} lacks the seal keys ${lacking.join(' ')}: put its copy back, or their secrets cannot be read`
  } catch (error) {
    return `secrets cannot be read: ${(error as Error).message}`
  }
}

async function show(run: Run, report: BackupReport): Promise<void> {
  const { file, octets, manifest, zones, tombstones, records, rows, sealKeys } = report
  await run.emit(report, () =>
    fields({
      backup: `${file}, ${groupDigits(octets)} octets`,
      'taken at': manifest.takenAt,
      of: `${manifest.engine}, log ${manifest.logId}`,
      zones: `${groupDigits(zones)} with ${groupDigits(records)} records`,
      tombstones: groupDigits(tombstones),
      versions: groupDigits(rows['versions'] ?? 0),
      changes: groupDigits(rows['changes'] ?? 0),
      secrets: sealKeys.length > 0 ? sealedText(rows['secrets'] ?? 0, sealKeys) : undefined,
    }),
  )
}

/** The keys are not in the backup: without them its secrets cannot be read. */
function sealedText(count: number, sealKeys: readonly string[]): string {
  return `${groupDigits(count)}, sealed under ${sealKeys.join(' ')}: keys of the seal key file, which is not in the backup`
}
