/** One process a folder, also after kill -9. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { DataFolderFormat, DataFolderInUse, lockFolder } from './lock.ts'

const options = { kind: 'zone-api', formatVersion: 1 }
const folder = () => join(mkdtempSync(join(tmpdir(), 'lock-')), 'data')

async function holder(path: string): Promise<ChildProcess> {
  const lock = JSON.stringify(new URL('./lock.ts', import.meta.url).href)
  const program = `
    const { lockFolder } = await import(${lock})
    lockFolder(${JSON.stringify(path)}, ${JSON.stringify(options)})
    console.log('locked')
    setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout ?? child, 'data')
  return child
}

test('a folder in use names its holder, and kill -9 frees it', async () => {
  const path = folder()
  const child = await holder(path)
  assert.throws(
    () => lockFolder(path, options),
    (error) => error instanceof DataFolderInUse && error.holderPid === child.pid && error.exitCode === 69,
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  lockFolder(path, options).close()
})

test('a lock is exclusive inside a process too, until it is closed', () => {
  const path = folder()
  const first = lockFolder(path, options)
  assert.throws(() => lockFolder(path, options), DataFolderInUse)
  first.close()
  first.close()
  lockFolder(path, options).close()
})

test('the format is written once and checked ever after', () => {
  const path = folder()
  lockFolder(path, options).close()
  assert.equal(readFileSync(join(path, 'format'), 'utf8'), 'zone-api 1\n')
  assert.throws(() => lockFolder(path, { ...options, formatVersion: 2 }), /has the format "zone-api 1"/)
  assert.throws(() => lockFolder(path, { ...options, kind: 'publisher' }), /belongs to zone-api/)
  writeFileSync(join(path, 'format'), '')
  assert.throws(() => lockFolder(path, options), DataFolderFormat)
})

test('a refused folder is not left locked', () => {
  const path = folder()
  lockFolder(path, options).close()
  assert.throws(() => lockFolder(path, { ...options, formatVersion: 2 }), DataFolderFormat)
  lockFolder(path, options).close()
})
