/** A transaction on PostgreSQL that does not end as it should: each of its change sets is told what became of it, and memory agrees. */
import { strict as assert } from 'node:assert'
import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { Kysely } from 'kysely'
import { afterAll, afterEach, beforeAll, test } from 'vitest'
import { Contents } from '../../apps/zone-api/database/contents.ts'
import { assembleEngine, type Engine } from '../../apps/zone-api/database/engine.ts'
import type { Outcome } from '../../apps/zone-api/database/group-commit.ts'
import { Committer } from '../../apps/zone-api/database/postgres/committer.ts'
import { PostgresConnection } from '../../apps/zone-api/database/postgres/connection.ts'
import { DeferredWrites } from '../../apps/zone-api/database/postgres/deferred-writes.ts'
import { postgresDialect } from '../../apps/zone-api/database/postgres/dialect.ts'
import { prepareDatabase } from '../../apps/zone-api/database/postgres/session.ts'
import { Refused } from '../../apps/zone-api/database/refused.ts'
import type { Tables } from '../../apps/zone-api/database/schema.ts'
import { useConnection } from '../../apps/zone-api/database/statement.ts'
import { changeSet, checkWhole, context, newZone, put, zone } from '../../apps/zone-api/database/suite/fixture.ts'
import { defaultCacheLimits, ZoneCache } from '../../apps/zone-api/database/zone-cache.ts'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { openShared } from './databases.ts'

let server: PostgresServer
let count = 0
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

interface Opened {
  readonly engine: Engine
  readonly connection: PostgresConnection
  readonly faults: unknown[]
  readonly announced: number[]
  /** Commits jobs together, which hold these zones; gives their outcomes. */
  together(zones: readonly string[], ...runs: (() => Promise<unknown>)[]): Promise<Outcome[]>
}

async function open(): Promise<Opened> {
  const connection = new PostgresConnection({ url: await server.database(`commits_${++count}`), statementMs: 8_000 })
  closing.push(() => connection.close())
  await connection.open()
  const db = new Kysely<Tables>({ dialect: postgresDialect(connection) })
  const logId = await prepareDatabase(connection, db)
  const writes = new DeferredWrites(connection)
  useConnection(db, writes)
  const cache = new ZoneCache(db, defaultCacheLimits, true)
  const engine = assembleEngine({ db, cache, logId, contents: new Contents(db), now: Date.now })
  const faults: unknown[] = []
  const announced: number[] = []
  const committer = new Committer({
    ...engine.parts,
    connection,
    writes,
    committing: () => async (events) => void announced.push(events.length),
    committed() {},
    settled() {},
    failed: (error) => faults.push(error),
  })
  const together = async (zones: readonly string[], ...runs: (() => Promise<unknown>)[]) => {
    const outcomes: Outcome[] = []
    for (const [index, run] of runs.entries())
      committer.add({
        kind: 'write',
        octets: 1,
        zones: new Set(zones),
        requests: [],
        places: undefined,
        run,
        done: (outcome) => (outcomes[index] = outcome),
      })
    await committer.idle()
    return outcomes
  }
  await together([zone], () => engine.operations.createZone(newZone()))
  announced.splice(0)
  return { engine, connection, faults, announced, together }
}

const change =
  ({ engine }: Opened, owner: string) =>
  () =>
    engine.operations.applyChanges(changeSet([put(owner, 'A', '192.0.2.7')]))
const versionOf = async ({ engine }: Opened) => Number((await engine.operations.getZone(zone))!.header.state.version)
const succeeded = (outcomes: readonly Outcome[]) => outcomes.map((outcome) => 'value' in outcome)

test('change sets that wait together are one commit, with a version each', async () => {
  const opened = await open()
  const outcomes = await opened.together([zone], ...['a', 'b', 'c'].map((owner) => change(opened, owner)))
  assert.deepEqual(succeeded(outcomes), [true, true, true])
  assert.deepEqual(opened.announced, [1])
  assert.equal(await versionOf(opened), 4)
})

test('a change of a zone that is not held begins again with it held', async () => {
  const opened = await open()
  assert.deepEqual(succeeded(await opened.together([], change(opened, 'a'), change(opened, 'b'))), [true, true])
  assert.equal(await versionOf(opened), 3)
  assert.deepEqual(opened.faults, [])
})

test('one that is refused after it wrote takes back its own work alone', async () => {
  const opened = await open()
  const spoilt = async () => {
    await change(opened, 'spoilt')()
    throw new Refused({ kind: 'not-found', type: 'test', name: 'x' })
  }
  const outcomes = await opened.together([zone], change(opened, 'a'), spoilt, change(opened, 'b'))
  assert.deepEqual(succeeded(outcomes), [true, false, true])
  assert.equal(await versionOf(opened), 3)
  assert.deepEqual(opened.faults, [])
})

test('a COMMIT that fails takes back its changes, and the next change follows the last that was committed', async () => {
  const opened = await open()
  await opened.connection.send('CREATE TABLE parent (id int PRIMARY KEY)')
  await opened.connection.send('CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)')
  // It passes until COMMIT looks at it.
  const orphan = () => opened.connection.send('INSERT INTO child VALUES (1)')
  const outcomes = await opened.together([zone], orphan, change(opened, 'a'))
  assert.deepEqual(succeeded(outcomes), [false, true])
  assert.equal(opened.faults.length, 1)
  assert.equal(await versionOf(opened), 2)
})

test('a write that fails behind the others names itself, and nothing of its change set is kept', async () => {
  const opened = await open()
  await opened.connection.send('ALTER TABLE changes ADD CONSTRAINT no_bob CHECK (reason <> $$bob$$)')
  const bob = () => opened.engine.operations.applyChanges({ ...changeSet([put('b', 'A', '192.0.2.7')]), reason: 'bob' })
  const outcomes = await opened.together([zone], change(opened, 'a'), bob, change(opened, 'c'))
  assert.deepEqual(succeeded(outcomes), [true, false, true])
  assert.match(String(opened.faults[0]), /no_bob/)
  assert.equal(await versionOf(opened), 3)
})

/** Hands on what both sides say, until it is armed: then the answer to the next COMMIT is lost, and the connection with it. */
async function lossyProxy(port: number): Promise<{ readonly port: number; arm(): void }> {
  const state = { armed: false }
  const sockets: Socket[] = []
  const proxy: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    sockets.push(client, upstream)
    let isLost = false
    client.on('data', (data) => {
      if (state.armed && data.includes('COMMIT\0')) {
        state.armed = false
        isLost = true
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => (isLost && data.includes('COMMIT\0') ? client.destroy() : client.write(data)))
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('close', () => other.destroy()).on('error', () => other.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  return { port: (proxy.address() as { port: number }).port, arm: () => void (state.armed = true) }
}

test('where the answer to COMMIT is lost, the caller is told so, and the same request id tells the outcome', async () => {
  const proxy = await lossyProxy(server.port)
  const url = await server.database(`commits_${++count}`)
  const { database, close } = await openShared(url.replace(`:${server.port}/`, `:${proxy.port}/`))
  closing.push(close)
  await database.createZone(newZone())
  for (let round = 0; round < 5; round++) {
    const input = changeSet([put(`r${round}`, 'A', '192.0.2.7')], context({ requestId: `r${round}` }))
    proxy.arm()
    await assert.rejects(database.applyChanges(input), /learn its outcome/)
    const { effect } = await database.applyChanges(input)
    assert.equal(effect.state.version, BigInt(round + 2))
  }
  assert.equal((await checkWhole(database)).state.version, 6n)
})
