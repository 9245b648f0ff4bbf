/** SQLite keeps the laws of the database. */
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseSuite, type EngineUnderTest } from './contract-suite.ts'
import { openDatabase } from './open-database.ts'
import type { QuotaLimits } from './quotas/quota-port.ts'
import type { Retention } from './retention.ts'

databaseSuite('SQLite', async (): Promise<EngineUnderTest> => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-database-'))
  const open = (options: { retention?: Retention; quotas?: QuotaLimits } = {}) =>
    openDatabase({
      folder,
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
    place: { folder, postgres: undefined },
    otherPlace: async () => ({ folder: join(folder, 'other'), postgres: undefined }),
    async close() {
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
})
