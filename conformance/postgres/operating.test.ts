/** docs/operating/postgresql.md: its commands work as printed, and what it says of passwords and wrong databases holds. */
import { strict as assert } from 'node:assert'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, test } from 'vitest'
import { blocksOf, workspace } from '../lib/docs-page.ts'
import { freePort } from '../lib/free-port.ts'
import { inherited } from '../lib/inherited.ts'
import { type PostgresServer, programs, startPostgres, superuser } from '../lib/postgres.ts'

const blocks = blocksOf('postgresql.md')
const run = promisify(execFile)

let server: PostgresServer
const folder = mkdtempSync(join(tmpdir(), 'zonecast-operating-'))
beforeAll(async () => {
  server = await startPostgres({}, 'scram-sha-256')
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** As the machine of the page, but for its folders and ports. */
async function adapted(text: string): Promise<string> {
  return text
    .replaceAll('/etc/zonecast', join(folder, 'etc'))
    .replaceAll('/var/lib/zonecast', join(folder, 'lib'))
    .replaceAll('127.0.0.1:5432', `127.0.0.1:${server.port}`)
    .replaceAll('npx zonectl', '"$NODE" apps/zonectl/main.ts')
    .replaceAll(/\bnode (?=apps)/g, '"$NODE" ')
    .replaceAll('8053', String(await freePort()))
    .replaceAll('9053', String(await freePort()))
}

const environment = () => ({
  ...inherited(),
  NODE: process.execPath,
  PATH: `${programs}:${process.env['PATH']}`,
  PGHOST: server.folder,
  PGPORT: String(server.port),
  PGUSER: superuser,
})

test('every command of the page works, from top to bottom', async () => {
  assert.equal(blocks.length, 3)
  const script = await adapted(blocks.join(''))
  const child = spawn('bash', ['-ec', `${script}\nread -r`], {
    cwd: workspace,
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  try {
    while (out.match(/^ready /gm)?.length !== 2) {
      const [how] = await Promise.race([once(child.stdout, 'data').then(() => []), once(child, 'exit')])
      assert.equal(how, undefined, out)
    }
    const states = out.match(/pending|applied/g)
    assert.ok(states?.includes('pending') && states.includes('applied'), out)
    assert.match(out, /"logId": "[0-9a-f]{32}"/)
    const [holders] = await server.sql('zonecast', "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zonecast'")
    assert.equal(holders, '18', 'nine connections each')
  } finally {
    for (const [, pid] of out.matchAll(/^ready .*"pid":(\d+)/gm)) process.kill(Number(pid), 'SIGTERM')
    child.stdin.end('\n')
    if (child.exitCode === null) await once(child, 'exit')
  }
})

for (const { name, password, database, says } of [
  { name: 'a wrong password', password: 'wrong', database: 'zonecast', says: /password authentication failed/ },
  { name: 'a database that is not there', password: 'change-me', database: 'none', says: /database .*none.* does not exist/ },
])
  test(`${name}: 69, the reason, and no password in it`, async () => {
    const file = join(folder, 'other-password')
    writeFileSync(file, `${password}\n`)
    const env = {
      ...environment(),
      ZONECAST_DATA: join(folder, 'lib/three'),
      ZONECAST_DATABASE_URL: `postgres://zonecast@127.0.0.1:${server.port}/${database}`,
      ZONECAST_DATABASE_PASSWORD_FILE: file,
    }
    const failed = await run(process.execPath, ['apps/zone-api/main.ts'], { cwd: workspace, env }).catch(
      (error: unknown) => error,
    )
    const { code, stdout, stderr } = failed as { code: number; stdout: string; stderr: string }
    assert.equal(code, 69, stderr)
    assert.match(stdout, says)
    assert.ok(!`${stdout}${stderr}`.includes(password === 'wrong' ? '"wrong"' : password))
  })

test('the bundled program keeps zones in PostgreSQL, too', async () => {
  const bundle = join(folder, 'bundle')
  await run(process.execPath, ['tools/bundle.ts', 'apps/zone-api', bundle], { cwd: workspace, env: environment() })
  const env = {
    ...environment(),
    ZONECAST_DATA: join(folder, 'lib/five'),
    ZONECAST_PORT: '0',
    ZONECAST_DATABASE_URL: `postgres://zonecast:change-me@127.0.0.1:${server.port}/zonecast`,
  }
  const child = spawn(process.execPath, ['main.mjs'], { cwd: bundle, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  assert.match(line.toString(), /^ready \{/)
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
})

test('a server that would lose changes with the power is refused: 64', async () => {
  const careless = await startPostgres({ fsync: 'off' })
  try {
    const env = {
      ...environment(),
      ZONECAST_DATA: join(folder, 'lib/four'),
      ZONECAST_DATABASE_URL: await careless.database('careless'),
    }
    const failed = await run(process.execPath, ['apps/zone-api/main.ts'], { cwd: workspace, env }).catch(
      (error: unknown) => error,
    )
    const { code, stdout } = failed as { code: number; stdout: string }
    assert.equal(code, 64, stdout)
    assert.match(stdout, /fsync is off/)
  } finally {
    await careless.close()
  }
})
