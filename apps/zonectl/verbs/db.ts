/** `zonectl db status|migrate`: asked of the zone API's own program, the only one that knows the database. */
import { programEnvironment, programFlags } from '@zonecast/runtime'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DatabaseFlags } from '../commands/db.ts'
import { CliError } from '../failure.ts'
import { table } from '../output/table.ts'
import type { Run } from '../run.ts'

interface SchemaState {
  readonly engine: string
  readonly place: string
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  readonly unknown: readonly string[]
  readonly logId?: string
}

export async function databaseStatus(run: Run, _: string[], flags: DatabaseFlags): Promise<void> {
  await show(run, await ask('status', run, flags))
}

export async function databaseMigrate(run: Run, _: string[], flags: DatabaseFlags): Promise<void> {
  const before = await ask('status', run, flags)
  const after = await ask('migrate', run, flags)
  run.talk(before.pending.length === 0 ? 'the schema was up to date' : `applied ${before.pending.join(', ')}`)
  await show(run, after)
}

async function show(run: Run, state: SchemaState): Promise<void> {
  const { engine, place, applied, pending, unknown, logId } = state
  await run.emit(state, () => {
    const rows = [
      ...applied.map((name) => [name, unknown.includes(name) ? 'of a newer version' : 'applied']),
      ...pending.map((name) => [name, 'pending']),
    ]
    const head = `${engine} at ${place}${logId ? `, log ${logId}` : ''}\n`
    return head + table([{ title: 'CHANGE OF THE SCHEMA' }, { title: 'STATE' }], rows)
  })
}

/** Settings of the database go to the program as they are, the password among them. */
function variables({ io, dataFolder }: Run, { databaseUrl }: DatabaseFlags): NodeJS.ProcessEnv {
  const given = Object.entries(io.env).filter(([name]) => !name.startsWith('ZONECAST_') || name.startsWith('ZONECAST_DATABASE_'))
  return {
    ...programEnvironment,
    ...Object.fromEntries(given),
    ZONECAST_DATA: join(dataFolder, 'zone-api'),
    ...(databaseUrl !== undefined && { ZONECAST_DATABASE_URL: databaseUrl }),
  }
}

function ask(verb: 'status' | 'migrate', run: Run, flags: DatabaseFlags): Promise<SchemaState> {
  const main = fileURLToPath(new URL('../../zone-api/main.ts', import.meta.url))
  const args = [...programFlags, main, 'db', verb]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: variables(run, flags) }, (error, stdout, stderr) => {
      if (error) reject(new CliError(stderr.trim() || error.message, typeof error.code === 'number' ? error.code : 1))
      else resolve(JSON.parse(stdout) as SchemaState)
    })
  })
}
