import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'zonecast-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs `npm start` until it has shown everything, then stops it, and returns what it printed. */
async function start(): Promise<string> {
  const script = fileURLToPath(new URL('start.ts', import.meta.url))
  const child = spawn(process.execPath, [script, '--data', join(folder, 'data'), '--port-base', '0'], { stdio: 'pipe' })
  const exit = once(child, 'exit') as Promise<[number | null]>
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  for await (const line of createInterface({ input: child.stdout })) {
    printed += `${line}\n`
    if (line.startsWith('Ctrl-C stops it')) child.kill('SIGTERM')
  }
  const [code] = await exit
  assert.equal(code, 0, printed)
  return printed
}

test('the first start imports the example, changes a record and shows its timeline; the second finds the data', async () => {
  const first = await start()
  assert.match(first, /harbour\.example\. version 1, serial 2026010101 \(50 records added, 0 removed\)/)
  assert.match(first, /One record changes, from 192\.0\.2\.10 to 192\.0\.2\.11:/)
  assert.match(first, /committed +\+0 ms .*\n +published +\+\d+ ms .*\n +applied +\+\d+ ms .*\n +answered +\+\d+ ms .*edge-1/)
  assert.match(first, /www\.harbour\.example is at 192\.0\.2\.11\n/)
  assert.match(first, /npx zonectl query www\.harbour\.example --data /)
  const second = await start()
  assert.match(second, /Your data is as you left it: 1 zone/)
  assert.match(second, /from 192\.0\.2\.11 to 192\.0\.2\.12:/)
})
