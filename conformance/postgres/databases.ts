/** Databases of zone APIs that share one PostgreSQL, each as the program opens it, in this process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { openDatabase, type OpenOptions } from '../../apps/zone-api/database/open-database.ts'
import type { ZoneDatabase } from '../../apps/zone-api/database/zone-database.ts'

export interface OpenedDatabase {
  readonly database: ZoneDatabase
  close(): Promise<void>
}

/** Opens one, with a data folder of its own. */
export async function openShared(url: string, options: Partial<OpenOptions> = {}): Promise<OpenedDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-database-'))
  const database = await openDatabase({
    folder,
    postgres: { url },
    log: silentLogger(),
    metrics: createMetrics('test'),
    failed(error) {
      throw error
    },
    ...options,
  })
  return {
    database,
    async close() {
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
