/** What was acknowledged survives kill -9, and nothing half is left. */
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, vi } from 'vitest'
import { DatabaseUnavailable, openDatabase } from './open-database.ts'
import { checkWhole, valuesOf } from './suite/fixture.ts'

// A process starts a dozen times, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 600_000 })

const writer = new URL('crash-writer.ts', import.meta.url).pathname

/** Runs a writer on the folder and kills it after so many acknowledgements; gives what was acknowledged. */
async function runAndKill(folder: string, round: number, after: number): Promise<{ owner: string; version: bigint }[]> {
  const child = spawn(process.execPath, [writer, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: { owner: string; version: bigint }[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [owner, version] = line.split(' ')
    if (!version) continue
    acknowledged.push({ owner: owner!, version: BigInt(version) })
    if (acknowledged.length === after) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
  return acknowledged
}

const failed = (error: Error) => {
  throw error
}

for (const seed of [1, 2, 3]) {
  test(`nothing acknowledged is lost when the process is killed again and again (seed ${seed})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zonecast-crash-'))
    const acknowledged = []
    for (let round = 0; round < 3; round++)
      acknowledged.push(...(await runAndKill(folder, round, ((seed * 37 + round * 101) % 190) + 1)))
    const database = await openDatabase({ folder, log: silentLogger(), metrics: createMetrics('crash'), failed })
    const { state } = await checkWhole(database)
    const versions = acknowledged.map(({ version }) => version)
    assert.equal(new Set(versions).size, versions.length)
    for (const { owner, version } of acknowledged) {
      assert.ok(version <= state.version)
      assert.equal((await valuesOf(database, owner)).length, 1, `${owner} of version ${version} is gone`)
    }
    await database.close()
    rmSync(folder, { recursive: true })
  })
}

test('a data folder that is in use is refused, and the one who has it is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-crash-'))
  const child = spawn(process.execPath, [writer, folder, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  assert.equal(line, 'ready')
  await assert.rejects(openDatabase({ folder, log: silentLogger(), metrics: createMetrics('crash'), failed }), (error) => {
    assert.ok(error instanceof DatabaseUnavailable)
    assert.equal(error.exitCode, 69)
    assert.match(error.message, new RegExp(`in use by process ${child.pid}`))
    return true
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  rmSync(folder, { recursive: true })
})
