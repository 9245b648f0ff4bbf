/** All migrations, in order. */
import type { Migration } from './migration.ts'
import { zones } from './0001-zones.ts'

export { migrate, SchemaTooNew, sqliteTypes } from './migration.ts'
export const migrations: readonly Migration[] = [zones]
