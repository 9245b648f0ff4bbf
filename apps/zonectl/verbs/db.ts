/** `zonectl db status|migrate`. */
import type { DatabaseFlags } from '../commands/db.ts'
import { table } from '../output/table.ts'
import type { Run } from '../run.ts'
import { askDatabase } from '../zone-api-program.ts'

interface SchemaState {
  readonly engine: string
  readonly place: string
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  readonly unknown: readonly string[]
  readonly logId?: string
}

export async function databaseStatus(run: Run, _: string[], flags: DatabaseFlags): Promise<void> {
  await show(run, await askDatabase<SchemaState>(['status'], run, flags))
}

export async function databaseMigrate(run: Run, _: string[], flags: DatabaseFlags): Promise<void> {
  const before = await askDatabase<SchemaState>(['status'], run, flags)
  const after = await askDatabase<SchemaState>(['migrate'], run, flags)
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
