/** The database of a data folder, filled from a backup while nobody else has the folder. */
import { lockFolder } from '@zonecast/runtime'
import { Kysely } from 'kysely'
import { join } from 'node:path'
import type { Target } from '../backup/restore-backup.ts'
import { sqliteTypes } from '../migrations/index.ts'
import type { Tables } from '../schema.ts'
import { folderFormat } from '../folder-format.ts'
import { openSqlite, SqliteConnection, sqliteDialect } from './dialect.ts'

export async function intoSqlite<Result>(folder: string, fill: (target: Target) => Promise<Result>): Promise<Result> {
  const lock = lockFolder(folder, folderFormat)
  const database = openSqlite(join(folder, 'zone-api.db'))
  const connection = new SqliteConnection(database)
  try {
    database.exec('BEGIN IMMEDIATE')
    const db = new Kysely<Tables>({ dialect: sqliteDialect(connection) })
    // A table that numbers its rows goes on behind the highest by itself.
    const result = await fill({ db, types: sqliteTypes, renumber: async () => {} })
    database.exec('COMMIT')
    return result
  } finally {
    connection.close()
    lock.close()
  }
}
