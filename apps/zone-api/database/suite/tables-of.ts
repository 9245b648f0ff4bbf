/** The tables that a database really has. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { using } from '../postgres/schema-state.ts'
import type { Place } from '../schema-state.ts'

export async function tablesOf({ folder, postgres }: Place): Promise<string[]> {
  if (postgres) {
    return using(postgres, async (connection) => {
      const { rows } = await connection.send('SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()')
      return rows.map(({ name }: { name: string }) => name)
    })
  }
  const database = new DatabaseSync(join(folder, 'zone-api.db'), { readOnly: true })
  const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all()
  database.close()
  return rows.map(({ name }) => String(name))
}
