/** A zone API that speaks TLS, called by the README's block as it stands, and by clients generated for Go and Python: all four kinds of method. */
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connect, type Zonecast } from '@zonecast/sdk'
import { afterAll, beforeAll, test } from 'vitest'
import { freePort } from '../lib/free-port.ts'
import { type RunningApp, startApp } from '../lib/process.ts'
import { goProgram } from '../lib/programs.ts'
import { makeSecured } from '../lib/secured.ts'
import { importMessages } from '../lib/zones.ts'

const run = promisify(execFile)
const workspace = fileURLToPath(new URL('../..', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))
/** Compilers of other languages take their time on a machine that others use, too. */
const timeout = 600_000
const zoneText = `@ 3600 IN SOA ns1 hostmaster 1 14400 3600 1209600 300
@ 3600 IN NS ns1
ns1 3600 IN A 192.0.2.53
www 60 IN A 192.0.2.1
`

let folder: string
let zoneApi: RunningApp
let port: number
let caFile: string
let tokenFile: string
let token: string
let zonecast: Zonecast
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zonecast-clients-'))
  port = await freePort()
  token = `zc_${randomBytes(32).toString('base64url')}`
  tokenFile = join(folder, 'administrator.token')
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  const credential = {
    principal: 'administrator',
    role: 'administrator',
    sha256: createHash('sha256').update(token).digest('hex'),
  }
  writeFileSync(join(folder, 'bootstrap.json'), JSON.stringify([credential]))
  const secured = makeSecured(folder)
  caFile = secured.tls.caFile
  const { ZONECAST_TLS_CERT_FILE, ZONECAST_TLS_KEY_FILE } = secured.serverVariables('zone-api') as Record<string, string>
  zoneApi = await startApp({
    app: 'zone-api',
    env: {
      ZONECAST_DATA: join(folder, 'zone-api'),
      ZONECAST_PORT: String(port),
      ZONECAST_BOOTSTRAP_FILE: join(folder, 'bootstrap.json'),
      ZONECAST_TLS_CERT_FILE: ZONECAST_TLS_CERT_FILE!,
      ZONECAST_TLS_KEY_FILE: ZONECAST_TLS_KEY_FILE!,
    },
  })
  zonecast = connect({ url: `https://localhost:${port}`, caFile, tokenFile })
})
afterAll(async () => {
  zonecast?.close()
  await zoneApi?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function importZone(zone: string): Promise<void> {
  async function* messages() {
    yield* importMessages({ zone }, Buffer.from(zoneText))
  }
  const { outcomes } = await zonecast.zones.importZone(messages())
  assert.equal(outcomes[0]?.effect?.state?.version, 1n)
}

/** The block of a page that has these words, with the addresses and files of this test. */
function blockOf(page: string, words: string): string {
  const text = readFileSync(join(workspace, page), 'utf8')
  const found = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    .map(([, block = '']) => block)
    .find((block) => block.includes(words))
  assert.ok(found, `${page} has no block with ${words}`)
  const replaced = {
    'https://127.0.0.1:8053': `https://localhost:${port}`,
    'https://zone-api.example:8053': `https://localhost:${port}`,
    '.zonecast/credentials/administrator.token': tokenFile,
    '.zonecast/tls/ca.crt': caFile,
    "'ca.crt'": `'${caFile}'`,
    "'deploy.token'": `'${tokenFile}'`,
  }
  return Object.entries(replaced).reduce((block, [there, ours]) => block.replaceAll(there, ours), found)
}

test('the block of the README, and that of the SDK, run as they stand', { timeout }, async () => {
  await importZone('harbour.example.')
  const node = (code: string) =>
    run(process.execPath, ['--input-type=module-typescript', '--eval', code], { cwd: workspace, timeout: 300_000 })
  await node(blockOf('README.md', '@zonecast/sdk'))
  const { rrset } = await zonecast.records.getRRset({ zone: 'harbour.example.', name: 'www', type: 'A' })
  assert.deepEqual(rrset?.values, ['192.0.2.99'])
  const { stdout } = await node(blockOf('libs/sdk/README.md', '@zonecast/sdk'))
  assert.match(stdout, /192\.0\.2\.99/)
})

test('a wrong authority and a missing credential are told as what they are', async () => {
  const other = makeSecured(join(folder, 'other')).tls.caFile
  using stranger = connect({ url: `https://localhost:${port}`, caFile: other, tokenFile, attempts: 1 })
  await assert.rejects(stranger.zones.listZones({}), /certificate/)
  using nobody = connect({ url: `https://localhost:${port}`, caFile })
  await assert.rejects(nobody.zones.listZones({}), /unauthenticated/)
})

/** What each of them prints. */
function check(stdout: string, zone: string): void {
  const { octets, ...said } = JSON.parse(stdout) as Record<string, unknown>
  assert.deepEqual(said, { version: 1, values: ['192.0.2.1'], fetched: zone })
  assert.ok(Number(octets) > 100)
}

/** The generated code of a language, from what its folder says. */
async function generate(language: string): Promise<string> {
  const work = join(folder, language)
  mkdirSync(work)
  cpSync(join(here, language), work, { recursive: true })
  const path = [goProgram(''), join(workspace, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
  const template = join(here, language, 'buf.gen.yaml')
  await run('buf', ['generate', '--template', template, '--include-imports', '-o', work], {
    cwd: workspace,
    env: { ...process.env, PATH: path },
  })
  return work
}

test('Go: generated, built, and each kind of call over TLS', { timeout }, async () => {
  const cwd = await generate('go')
  await run('go', ['build', '-o', 'client', '.'], { cwd, maxBuffer: 1 << 26 })
  const flags = ['-server', `localhost:${port}`, '-ca', caFile, '-zone', 'go.example.']
  const { stdout } = await run('./client', flags, { cwd, env: { ...process.env, TOKEN: token } })
  check(stdout, 'go.example.')
})

test('Python: generated, and each kind of call over TLS', { timeout }, async () => {
  const cwd = await generate('python')
  const env = { ...process.env, PYTHONPATH: cwd, TOKEN: token }
  // Debian's Python, which has Debian's packages.
  const { stdout } = await run('/usr/bin/python3', ['client.py', `localhost:${port}`, caFile, 'python.example.'], { cwd, env })
  check(stdout, 'python.example.')
})
