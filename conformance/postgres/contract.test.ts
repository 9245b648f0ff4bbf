/** PostgreSQL keeps the laws of the database, the same that SQLite keeps. */
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { databaseSuite, type EngineUnderTest } from '../../apps/zone-api/database/contract-suite.ts'
import { openDatabase, type OpenOptions } from '../../apps/zone-api/database/open-database.ts'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'

let server: PostgresServer
let count = 0
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

databaseSuite('PostgreSQL', async (): Promise<EngineUnderTest> => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-database-'))
  const url = await server.database(`law_${++count}`)
  const open = (options: Partial<OpenOptions> = {}) =>
    openDatabase({
      folder,
      postgres: { url },
      log: silentLogger(),
      metrics: createMetrics('test'),
      failed(error) {
        throw error
      },
      ...options,
    })
  let database = await open()
  return {
    get database() {
      return database
    },
    async reopen(options) {
      await database.close()
      database = await open(options)
    },
    async close() {
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
})
