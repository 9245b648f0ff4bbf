/** A bundled app starts in an empty folder, its threads included. */
import { strict as assert } from 'node:assert'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

const workspace = fileURLToPath(new URL('..', import.meta.url))

test('the bundled zone API opens its database and is ready', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-bundle-'))
  try {
    const bundled = spawnSync(process.execPath, ['tools/bundle.ts', 'apps/zone-api', folder], {
      cwd: workspace,
      encoding: 'utf8',
    })
    assert.equal(bundled.status, 0, bundled.stderr)
    const env = { PATH: process.env['PATH'], ZONECAST_DATA: join(folder, 'data'), ZONECAST_PORT: '0' }
    const app = spawn(process.execPath, ['main.mjs'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(app, 'exit')
    const [line] = (await once(createInterface({ input: app.stdout }), 'line')) as [string]
    assert.match(line, /^ready \{/)
    app.kill('SIGTERM')
    assert.deepEqual(await exited, [0, null])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
