/** A transaction that cannot be committed takes back everything, on disk and in memory, and tells each of its callers. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, test } from 'vitest'
import { openEngine, type Engine } from './engine.ts'
import { GroupCommit, type Job, type Outcome } from './group-commit.ts'
import { openSqlite } from './sqlite/dialect.ts'
import { forCaller } from './storage-fault.ts'
import { Refused } from './refused.ts'
import { changeSet, newZone, put } from './suite/fixture.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Opened {
  readonly database: DatabaseSync
  readonly engine: Engine
  /** Commits jobs together; gives their outcomes. */
  together(...runs: (() => Promise<unknown>)[]): Promise<Outcome[]>
  readonly faults: unknown[]
  readonly announced: number[]
}

async function open(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-commit-'))
  const database = openSqlite(join(folder, 'zone-api.db'))
  const engine = await openEngine({ database, now: Date.now })
  closing.push(async () => {
    await engine.db.destroy()
    rmSync(folder, { recursive: true })
  })
  let arrived: Job[] = []
  const faults: unknown[] = []
  const announced: number[] = []
  const commits = new GroupCommit({
    ...engine.parts,
    arrived: () => arrived.splice(0),
    committed: (events) => announced.push(events.length),
    settled: () => {},
    failed: (error) => faults.push(error),
  })
  const together = async (...runs: (() => Promise<unknown>)[]) => {
    const outcomes: Outcome[] = []
    arrived = runs.map((run) => ({ kind: 'write', octets: 1, run, done: (outcome) => void outcomes.push(outcome) }))
    await commits.wake()
    return outcomes
  }
  await together(() => engine.operations.createZone(newZone()))
  announced.splice(0)
  return { database, engine, together, faults, announced }
}

const change =
  ({ engine }: Opened, owner: string) =>
  () =>
    engine.operations.applyChanges(changeSet([put(owner, 'A', '192.0.2.7')]))
const stateOf = async ({ engine }: Opened) => (await engine.operations.getZone('example.com.'))?.header.state
const succeeded = (outcomes: readonly Outcome[]) => outcomes.map((outcome) => 'value' in outcome)

test('a COMMIT that fails takes back all of its changes, and the next change follows the last that was committed', async () => {
  const opened = await open()
  const before = await stateOf(opened)
  opened.database.exec('CREATE TABLE parent (id INTEGER PRIMARY KEY)')
  opened.database.exec('CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)')
  // It passes until COMMIT looks at it.
  const orphan = async () => opened.database.exec('INSERT INTO child VALUES (1)')
  const outcomes = await opened.together(change(opened, 'a'), orphan, change(opened, 'b'))
  assert.deepEqual(succeeded(outcomes), [false, false, false])
  assert.equal(opened.faults.length, 1)
  assert.deepEqual(opened.announced, [0], 'nothing is announced')
  assert.deepEqual(await stateOf(opened), before)
  assert.deepEqual(succeeded(await opened.together(change(opened, 'c'))), [true])
  const after = await stateOf(opened)
  assert.equal(after?.version, before!.version + 1n)
})

test('a disk without room refuses what needs it, keeps what is there, and takes changes again once there is room', async () => {
  const opened = await open()
  const [{ page_count: pages }] = opened.database.prepare('PRAGMA page_count').all() as [{ page_count: number }]
  opened.database.exec(`PRAGMA max_page_count = ${pages}`)
  let taken = 0
  let refused: unknown
  for (let i = 0; refused === undefined; i++) {
    const texts = Array.from({ length: 20 }, (_, at) => put(`fill-${i}-${at}`, 'TXT', `"${'x'.repeat(200)}"`))
    const [outcome] = await opened.together(() => opened.engine.operations.applyChanges(changeSet(texts)))
    if ('value' in outcome!) taken++
    else refused = forCaller(outcome!.error)
  }
  assert.ok(refused instanceof Refused && refused.data.kind === 'full', String(refused))
  const before = await stateOf(opened)
  assert.equal(before?.version, BigInt(taken + 1))
  opened.database.exec('PRAGMA max_page_count = 1000000')
  assert.deepEqual(succeeded(await opened.together(change(opened, 'after'))), [true])
  assert.equal((await stateOf(opened))?.version, before!.version + 1n)
})

test('a change waits for one piece of a large zone at most, and shares no transaction with it', async () => {
  const { engine } = await open()
  const order: string[] = []
  const job = (kind: Job['kind'], name: string): Job => ({ kind, octets: 1, run: async () => order.push(name), done: () => {} })
  const pieces = [1, 2, 3].map((number) => job('bulk', `piece ${number}`))
  // What arrives while something is committed is taken before more is begun.
  const arriving = [
    [...pieces, job('write', 'a'), job('write', 'b')],
    [job('write', 'c'), job('write', 'd')],
    [job('write', 'e')],
  ]
  const commits = new GroupCommit({
    ...engine.parts,
    arrived: () => arriving.shift() ?? [],
    committed: (_, count) => order.push(`commit of ${count}`),
    settled: () => {},
    failed: (error) => assert.fail(String(error)),
  })
  await commits.wake()
  const small = (...names: string[]) => [...names, `commit of ${names.length}`]
  const piece = (number: number) => [`piece ${number}`, 'commit of 1']
  assert.deepEqual(order, [...small('a', 'b'), ...piece(1), ...small('c', 'd'), ...piece(2), ...small('e'), ...piece(3)])
})

test('after a failed sync nothing is written any more', async () => {
  const opened = await open()
  const before = await stateOf(opened)
  const failing = async () => {
    throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 })
  }
  const outcomes = [...(await opened.together(change(opened, 'a'), failing)), ...(await opened.together(change(opened, 'b')))]
  const kinds = outcomes.map((outcome) => {
    const told = 'error' in outcome ? forCaller(outcome.error) : undefined
    return told instanceof Refused ? told.data.kind : 'taken'
  })
  assert.deepEqual(kinds, ['broken', 'broken', 'broken'])
  assert.deepEqual(await stateOf(opened), before)
})
