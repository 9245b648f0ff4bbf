/** docs/operating/backup.md: its commands work as printed, one block after the other, with what is done by hand in between. */
import { strict as assert } from 'node:assert'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, test } from 'vitest'
import { inherited } from '../lib/inherited.ts'
import { until } from '../lib/until.ts'

const workspace = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(workspace, 'docs/operating/backup.md'), 'utf8')
const blocks = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = '']) => text)
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'zonecast-operating-'))
const env = { ...inherited(), NODE: process.execPath, ZONECAST_DATA: join(folder, 'data') }
let up: ChildProcess | undefined

afterAll(async () => {
  if (up) await stop(up)
  rmSync(folder, { recursive: true, force: true })
})

/** Runs lines as a reader types them, and gives what they print. */
async function follow(text: string): Promise<string> {
  const script = text.replaceAll('/var/backups/zonecast', folder).replaceAll('npx zonectl', '"$NODE" apps/zonectl/main.ts')
  const { stdout, stderr } = await run('sh', ['-ec', script], { cwd: workspace, env })
  return `${stdout}${stderr}`
}

async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['apps/zonectl/main.ts', 'up', '--port-base', '0'], {
    cwd: workspace,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return child
  throw new Error('zonectl up ended before it was ready')
}

async function stop(child: ChildProcess): Promise<void> {
  up = undefined
  child.kill('SIGTERM')
  await once(child, 'exit')
}

test('every command of the page works, from top to bottom', async () => {
  assert.equal(blocks.length, 5)
  const [backup, restore, adopt, status, recover] = blocks as [string, string, string, string, string]
  mkdirSync(folder, { recursive: true })
  up = await start()
  await follow('npx zonectl zone create kept.example --ns ns1.dns.example --wait')
  assert.match(await follow(backup), /zones +1 with 2 records/)
  await follow('npx zonectl zone create later.example --ns ns1.dns.example --wait')
  await stop(up)
  assert.match(await follow(restore), /zones +1 with 2 records/)
  up = await start()
  await assert.rejects(follow('npx zonectl zone create new.example --ns ns1.dns.example'), /zonectl db adopt/)
  await assert.rejects(follow('npx zonectl status'), { code: 69, stderr: /the lineage is not sound/ })
  assert.match(await follow(adopt), /restored[^]*later\.example\./)
  // The edge knows what no head names once it has compared. While the zone API starts anew, it cannot tell who asks.
  const isListed = async () => /orphans +later\.example\./.test(await follow(status).catch(String))
  await until('the orphan is listed', isListed)
  assert.match(await follow('npx zonectl query later.example SOA --short'), /hostmaster/)
  assert.match(await follow(recover), /would be[^]*ANSWERED/)
  assert.match(await follow('npx zonectl zone history later.example'), /ImportZone/)
})
