/** Import directions hold only as long as lint refuses a wrong one: each row is such an import. */
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

const workspace = fileURLToPath(new URL('..', import.meta.url))

/** Lints one file in a folder that has nothing but our lint settings; true when it passes. */
function lintPasses(path: string, imported: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-lint-'))
  try {
    copyFileSync(join(workspace, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), `/** A probe. */\nimport { thing } from '${imported}'\nexport const probe = thing\n`)
    const oxlint = join(workspace, 'node_modules/.bin/oxlint')
    const run = spawnSync(oxlint, ['--deny-warnings', '-c', '.oxlintrc.json', path], { cwd: folder, encoding: 'utf8' })
    assert.match(run.stdout, /Finished in .* on 1 file/, 'oxlint did not look at the probe')
    return run.status === 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const { path, imported, passes } of [
  { path: 'libs/dns/probe.ts', imported: './name.ts', passes: true },
  { path: 'libs/dns/probe.ts', imported: 'node:fs', passes: false },
  { path: 'libs/dns/probe.ts', imported: 'pino', passes: false },
  { path: 'libs/dns/probe.ts', imported: '@zonecast/zone', passes: false },
  { path: 'libs/zone/probe.ts', imported: '@zonecast/dns', passes: true },
  { path: 'libs/zone/probe.ts', imported: '@zonecast/sync', passes: false },
  { path: 'libs/zone/probe.ts', imported: 'node:crypto', passes: false },
  { path: 'libs/access/probe.ts', imported: '@zonecast/dns', passes: true },
  { path: 'libs/access/probe.ts', imported: '@zonecast/zone', passes: false },
  { path: 'libs/access/probe.ts', imported: 'node:crypto', passes: false },
  { path: 'libs/zone/probe.ts', imported: '@zonecast/access', passes: false },
  { path: 'libs/rpc/probe.ts', imported: '@zonecast/access', passes: true },
  { path: 'libs/sync/probe.ts', imported: '@zonecast/runtime', passes: false },
  { path: 'libs/zone-store/probe.ts', imported: '@zonecast/rpc', passes: false },
  { path: 'libs/zone-store/probe.ts', imported: '@zonecast/contract', passes: false },
  { path: 'libs/dns-net/probe.ts', imported: '@zonecast/zone-store', passes: false },
  { path: 'libs/rpc/probe.ts', imported: '@zonecast/event-log', passes: false },
  { path: 'libs/rpc/probe.ts', imported: '../../apps/publisher/main.ts', passes: false },
  { path: 'libs/sdk/probe.ts', imported: '@zonecast/rpc', passes: true },
  { path: 'libs/sdk/probe.ts', imported: '@zonecast/zone', passes: false },
  { path: 'apps/publisher/probe.ts', imported: '@zonecast/zone-api', passes: false },
  { path: 'apps/publisher/probe.ts', imported: 'kysely', passes: false },
  { path: 'apps/zone-api/rpc/probe.ts', imported: 'kysely', passes: false },
  { path: 'apps/zone-api/database/probe.ts', imported: 'kysely', passes: true },
])
  test(`${path} ${passes ? 'may' : 'may not'} import ${imported}`, () => assert.equal(lintPasses(path, imported), passes))
