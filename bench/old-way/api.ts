/** The zone API of the old way: a row an RR, REST, and a word to the publisher after each commit. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { nextTurn, inputOf, ready } from './program.ts'
import type { RecordJson, RRsetJson, VersionJson, ZoneJson } from './contract.ts'
import { createRestClient, createRestServer } from './rest.ts'
import { readRecords } from './zone-text.ts'

const { protocol, folder, publisherUrl = '' } = inputOf()
/** A list is read in pages, so that other callers get their turn. */
const pageRows = 10_000

const database = new DatabaseSync(join(folder, 'api.sqlite'))
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE zones (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL);
  CREATE TABLE records (
    id INTEGER PRIMARY KEY, zone_id INTEGER NOT NULL REFERENCES zones, name TEXT NOT NULL, type TEXT NOT NULL,
    ttl INTEGER NOT NULL, data TEXT NOT NULL
  );
  CREATE INDEX records_by_name ON records (zone_id, name, type);
`)
const statements = {
  zone: database.prepare('SELECT id, version FROM zones WHERE name = ?'),
  step: database.prepare(
    'INSERT INTO zones (name, version) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET version = version + 1 RETURNING id, version',
  ),
  clear: database.prepare('DELETE FROM records WHERE zone_id = ?'),
  remove: database.prepare('DELETE FROM records WHERE zone_id = ? AND name = ? AND type = ?'),
  add: database.prepare('INSERT INTO records (zone_id, name, type, ttl, data) VALUES (?, ?, ?, ?, ?)'),
  page: database.prepare('SELECT id, name, type, ttl, data FROM records WHERE zone_id = ? AND id > ? ORDER BY id LIMIT ?'),
}
interface ZoneRow {
  readonly id: number
  readonly version: number
}

const publisher = createRestClient(protocol, publisherUrl)
const server = createRestServer(protocol)
server.addContentTypeParser('text/dns', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

/** An import parses first, in pieces, and then writes in one transaction. */
server.post('/zones/:zone', async ({ params, body }) => {
  const { zone } = params as { zone: string }
  const records: RecordJson[] = []
  for await (const batch of readRecords(zone, body as Buffer)) for (const record of batch) records.push(record)
  return commit(zone, (id) => {
    statements.clear.run(id)
    for (const { name, type, ttl, data } of records) statements.add.run(id, name, type, ttl, data)
  })
})

server.put('/zones/:zone/rrsets/:name/:type', async ({ params, body }) => {
  const { zone, name, type } = params as { zone: string; name: string; type: string }
  const { ttl, values } = body as RRsetJson
  return commit(zone, (id) => {
    statements.remove.run(id, name, type)
    for (const value of values) statements.add.run(id, name, type, ttl, value)
  })
})

server.get('/zones/:zone', async ({ params }, reply) => {
  const { zone } = params as { zone: string }
  const found = statements.zone.get(zone) as unknown as ZoneRow | undefined
  if (found === undefined) return reply.code(404).send({ error: `there is no zone ${zone}` })
  const records: RecordJson[] = []
  for (let after = 0; ;) {
    const rows = statements.page.all(found.id, after, pageRows) as unknown as (RecordJson & { id: number })[]
    for (const { name, type, ttl, data } of rows) records.push({ name, type, ttl, data })
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) break
    after = last.id
    await nextTurn()
  }
  return { zone, version: found.version, records } satisfies ZoneJson
})

/** Says again that the zone is ready, as after a change: the whole of it goes to the edge once more. */
server.post('/zones/:zone/publish', async ({ params }) => commit((params as { zone: string }).zone, () => {}))

function commit(zone: string, write: (zoneId: number) => void): VersionJson {
  database.exec('BEGIN IMMEDIATE')
  try {
    const { id, version } = statements.step.get(zone) as unknown as ZoneRow
    write(id)
    database.exec('COMMIT')
    publisher.send('POST', '/ready', { zone, version }).catch((error: unknown) => console.error(error))
    return { zone, version }
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

await ready(server)
