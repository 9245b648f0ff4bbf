/** docs/operating/secrets.md: its commands work as printed, one block after the other. */
import { strict as assert } from 'node:assert'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, test } from 'vitest'
import { inherited } from '../lib/inherited.ts'

const workspace = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(workspace, 'docs/operating/secrets.md'), 'utf8')
const blocks = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = '']) => text)
const folder = mkdtempSync(join(tmpdir(), 'zonecast-operating-'))
const data = join(folder, 'data')
const env = { ...inherited(), NODE: process.execPath, ZONECAST_DATA: data }
let up: ChildProcess | undefined

afterAll(async () => {
  if (up) await stop(up)
  rmSync(folder, { recursive: true, force: true })
})

/** Runs lines as a reader types them, and gives what they print. */
async function follow(text: string): Promise<string> {
  const script = text
    .replaceAll('npx zonectl', '"$NODE" apps/zonectl/main.ts')
    .replaceAll(/(?<=--out )(\S+)/g, join(folder, '$1'))
    .replaceAll(/\/\S*\.backup/g, join(folder, 'a.backup'))
  const { stdout, stderr } = await promisify(execFile)('sh', ['-ec', script], { cwd: workspace, env })
  return `${stdout}${stderr}`
}

async function start(): Promise<ChildProcess> {
  const args = ['apps/zonectl/main.ts', 'up', '--port-base', '0']
  const child = spawn(process.execPath, args, { cwd: workspace, env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return child
  throw new Error('zonectl up ended before it was ready')
}

async function stop(child: ChildProcess): Promise<void> {
  up = undefined
  child.kill('SIGTERM')
  await once(child, 'exit')
}

test('every command of the page works, from top to bottom; a backup says which keys it wants', async () => {
  assert.equal(blocks.length, 2)
  const [keys, rotation] = blocks as [string, string]
  up = await start()
  const file = join(data, 'seal.keys')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const said = await follow(keys)
  assert.match(said, /^key "transfer\.harbour\.example" \{\n\talgorithm hmac-sha256;$/m)
  assert.match(readFileSync(join(folder, 'transfer.conf'), 'utf8'), /^key:\n {2}- id: "transfer\.harbour\.example"$/m)
  const [, id = ''] = /sealed under ([0-9a-f]{16})/.exec(said) ?? []
  assert.match(await follow(rotation), new RegExp(`resealed +1[^]*${id} +opens +0`))
  const backup = await follow('npx zonectl backup /x.backup && npx zonectl restore --check /x.backup')
  const [, fresh = ''] = /sealed under ([0-9a-f]{16}):/.exec(backup) ?? []
  assert.notEqual(fresh, id)
  assert.match(await follow(`npx zonectl seal-key remove ${id}`), new RegExp(`seals +${fresh}`))
  // Somewhere else there is no such file.
  const restored = await follow(`ZONECAST_DATA=${join(folder, 'other')} npx zonectl restore /x.backup`)
  assert.match(restored, new RegExp(`warning: .*seal\\.keys lacks the seal keys ${fresh}: put its copy back`))
})
