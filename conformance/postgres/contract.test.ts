/** PostgreSQL keeps the laws of the database, the same that SQLite keeps. */
import { afterAll, beforeAll } from 'vitest'
import { databaseSuite, type EngineUnderTest } from '../../apps/zone-api/database/contract-suite.ts'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { openShared } from './databases.ts'

let server: PostgresServer
let count = 0
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

databaseSuite('PostgreSQL', async (): Promise<EngineUnderTest> => {
  const url = await server.database(`law_${++count}`)
  let opened = await openShared(url)
  return {
    get database() {
      return opened.database
    },
    async reopen(options) {
      await opened.close()
      opened = await openShared(url, options)
    },
    place: { folder: '', postgres: { url } },
    otherPlace: async () => ({ folder: '', postgres: { url: await server.database(`law_${++count}`) } }),
    close: () => opened.close(),
  }
})
