/** A bundled app starts in an empty folder, its threads included. */
import { strict as assert } from 'node:assert'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

const workspace = fileURLToPath(new URL('..', import.meta.url))

test('the bundled zone API opens its database, is ready, and has its Kafka client with it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-bundle-'))
  try {
    const bundled = spawnSync(process.execPath, ['tools/bundle.ts', 'apps/zone-api', folder], {
      cwd: workspace,
      encoding: 'utf8',
    })
    assert.equal(bundled.status, 0, bundled.stderr)
    const env = {
      PATH: process.env['PATH'],
      ZONECAST_DATA: join(folder, 'data'),
      ZONECAST_PORT: '0',
      ZONECAST_KAFKA_BROKERS: '127.0.0.1:1',
    }
    const app = spawn(process.execPath, ['main.mjs'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const away = loggedLine(app.stderr, 'the event log is away')
    const exited = once(app, 'exit')
    const [line] = (await once(createInterface({ input: app.stdout }), 'line')) as [string]
    assert.match(line, /^ready \{/)
    assert.match(await away, /ECONNREFUSED|Cannot connect/)
    app.kill('SIGTERM')
    assert.deepEqual(await exited, [0, null])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** The first line of a log that holds a text. */
async function loggedLine(stream: Readable, text: string): Promise<string> {
  for await (const line of createInterface({ input: stream })) if (line.includes(text)) return line
  throw new Error(`nothing was logged of ${text}`)
}
