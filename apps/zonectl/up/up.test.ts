import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, test, vi } from 'vitest'
import { failUp, pidsIn, type Ran, type StartedUp, startUp, temporaryFolder, zonectl } from '../test-io.ts'

// Several programs start, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

function dataFolder(): string {
  const folder = temporaryFolder()
  ends.push(() => folder.remove())
  return join(folder.path, 'data')
}

async function start(folder: string, more: readonly string[] = []): Promise<StartedUp> {
  const system = await startUp(folder, more)
  ends.push(() => system.kill('SIGTERM'))
  return system
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a first start makes credentials that only their owner reads, and stores their hashes alone', async () => {
  const folder = dataFolder()
  const { json } = await start(folder)
  assert.equal(json.found, false)
  const hashes = readFileSync(join(folder, 'bootstrap.json'), 'utf8')
  for (const principal of ['administrator', 'publisher', 'edge-1']) {
    const file = join(folder, 'credentials', `${principal}.token`)
    const token = readFileSync(file, 'utf8').trim()
    assert.match(token, /^zc_[\w-]{43}$/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(hashes.includes(token), false)
  }
  assert.equal(statSync(join(folder, 'bootstrap.json')).mode & 0o777, 0o600)
})

test('a second start finds the data, and the same credential opens it', async () => {
  const folder = dataFolder()
  const first = await startUp(folder)
  const token = readFileSync(first.json.tokenFile, 'utf8')
  assert.equal((await zonectl(['zone', 'create', 'kept.example', '--ns', 'ns.dns.example', '--data', folder])).code, 0)
  assert.equal(await first.kill('SIGTERM'), 0)
  const { json } = await start(folder)
  assert.equal(json.found, true)
  assert.equal(readFileSync(json.tokenFile, 'utf8'), token)
  assert.match((await zonectl(['zone', 'list', '--data', folder])).out, /kept\.example\./)
})

test('seal keys are made for a database that is new, and never for one that is there: what it needs may be in a copy', async () => {
  const folder = dataFolder()
  const file = join(folder, 'seal.keys')
  const run = (...words: string[]) => zonectl([...words, '--data', folder])
  const first = await startUp(folder)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(await first.kill('SIGTERM'), 0)
  // As of a version that knew no secrets, or after a restore.
  rmSync(file)
  const { said } = await start(folder)
  assert.match(await said(/seal\.keys is not there/), /put its copy back, or "zonectl seal-key create" makes a first one/)
  assert.ok(!existsSync(file))
  const early = await run('tsig-key', 'create', 'early.example')
  assert.equal(early.code, 1)
  assert.match(early.err, /nothing can be sealed: .*seal\.keys is not there; put its copy back, .*zonectl seal-key create/)
  assert.equal((await run('seal-key', 'create')).code, 0)
  assert.equal((await run('tsig-key', 'create', 'early.example')).code, 0)
})

test('with --tls everything is spoken over TLS, other commands need no flag, and the next start may do without', async () => {
  const folder = dataFolder()
  const secured = await startUp(folder, ['--tls'])
  const zoneApi = secured.json.server
  assert.match(zoneApi, /^https:/)
  const make = ['zone', 'create', 'sealed.example', '--ns', 'ns.dns.example', '--data', folder, '--wait']
  assert.equal((await zonectl(make)).code, 0)
  assert.match((await zonectl(['edge', 'status', '--data', folder])).out, /https:\S+ connected/)
  // From elsewhere: with the authority and a credential, but no certificate.
  const elsewhere = (server: string, ...more: string[]) =>
    zonectl(['zone', 'list', '--server', server, '--token-file', secured.json.tokenFile, '--data', join(folder, 'none'), ...more])
  const ca = join(folder, 'tls/ca.crt')
  assert.match((await elsewhere(zoneApi, '--ca', ca)).out, /sealed\.example\./)
  const untrusted = await elsewhere(zoneApi)
  assert.deepEqual([untrusted.code, untrusted.out], [69, ''])
  assert.match(
    untrusted.err,
    /is not trusted: its certificate was signed by no authority that is known here\n {2}name the file .*--ca FILE/,
  )
  const clear = await elsewhere(zoneApi.replace('https:', 'http:'))
  assert.equal(clear.code, 69)
  assert.match(clear.err, /https:\/\//)
  assert.equal(await secured.kill('SIGTERM'), 0)
  const { json, said } = await start(folder)
  assert.match(await said(/the last run spoke TLS/), /--tls brings it back/)
  assert.match(json.server, /^http:/)
  assert.match((await zonectl(['zone', 'list', '--data', folder])).out, /sealed\.example\./)
})

for (const part of ['zone-api', 'publisher', 'edge-1'])
  test(`${part} is started again when it is killed, and changes are answered as before`, async () => {
    const folder = dataFolder()
    const system = await start(folder)
    await zonectl(['zone', 'create', 'again.example', '--ns', 'ns.dns.example', '--data', folder, '--wait'])
    process.kill(pidsIn(folder)[part] as number, 'SIGKILL')
    await system.said(new RegExp(`${part} ended: it got SIGKILL; starting it again`))
    await system.said(new RegExp(`${part} is ready again`))
    const { code, err } = await zonectl(['record', 'set', 'again.example', 'www', 'A', '192.0.2.1', '--data', folder, '--wait'])
    assert.equal(code, 0, err)
    assert.equal((await zonectl(['query', 'www.again.example', '--short', '--data', folder])).out, '192.0.2.1\n')
  })

test('a watch goes on over a restart of the zone API, until the edge answers', async () => {
  const folder = dataFolder()
  const system = await start(folder)
  await zonectl(['zone', 'create', 'watched.example', '--ns', 'ns.dns.example', '--data', folder, '--wait'])
  const { 'edge-1': edge = 0, 'zone-api': zoneApi = 0 } = pidsIn(folder)
  process.kill(edge, 'SIGSTOP')
  ends.push(() => isAlive(edge) && process.kill(edge, 'SIGCONT'))
  const words = ['record', 'set', 'watched.example', 'www', 'A', '192.0.2.1', '--data', folder, '-o', 'json']
  const { changeId } = JSON.parse((await zonectl(words)).out) as { changeId: string }
  let watch: Promise<Ran> | undefined
  await new Promise<void>((onOut) => (watch = zonectl(['change', 'watch', changeId, '--data', folder], { onOut })))
  process.kill(zoneApi, 'SIGKILL')
  await system.said(/zone-api is ready again/)
  process.kill(edge, 'SIGCONT')
  const { code, out, err } = (await watch) as Ran
  assert.equal(code, 0, err)
  assert.match(out, /edge-1 answered.*\nchg_\w+ answered everywhere\n$/)
  assert.equal(err, 'the zone API is away; trying again\n')
})

test('programs end with a supervisor that is killed, and the next start waits for them', async () => {
  const folder = dataFolder()
  const killed = await startUp(folder)
  const { supervisor, ...pids } = pidsIn(folder)
  assert.equal(supervisor, killed.pid)
  await killed.kill('SIGKILL')
  await start(folder)
  assert.deepEqual(Object.values(pids).filter(isAlive), [])
})

test('a folder in use is left alone: 69, with the process that has it', async () => {
  const folder = dataFolder()
  const { pid } = await start(folder)
  const { code, out, err } = await failUp(['--data', folder, '--port-base', '0'])
  assert.deepEqual([code, out], [69, ''])
  assert.match(err, new RegExp(`the data folder ${folder} is in use by "zonectl up", process ${pid}`))
  assert.equal((await zonectl(['zone', 'list', '--data', folder])).code, 0)
})

test('a folder with other things in it is not taken: 64', async () => {
  const folder = dataFolder()
  mkdirSync(folder)
  writeFileSync(join(folder, 'thesis.tex'), '')
  const { code, err } = await failUp(['--data', folder, '--port-base', '0'])
  assert.equal(code, 64)
  assert.match(err, /holds other things already \(thesis\.tex\)/)
})

/** A port that is taken, above one that is not. */
async function takenPort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    ends.push(() => server.close())
    const { port } = server.address() as { port: number }
    const below = createServer().listen(port - 1, '127.0.0.1')
    const isFree = await once(below, 'listening').then(
      () => true,
      () => false,
    )
    below.close()
    if (isFree) return port
  }
}

test('a taken port is named with the program that wants it and the way out, and nothing is left running: 69', async () => {
  const folder = dataFolder()
  const port = await takenPort()
  // The publisher's port is taken: the zone API has started by then, and is stopped again.
  const { code, out, err } = await failUp(['--data', folder, '--port-base', String(port - 1)])
  assert.deepEqual([code, out], [69, ''])
  assert.match(
    err,
    new RegExp(`publisher cannot start: port 127\\.0\\.0\\.1:${port} is taken by another program\\n.*--port-base`),
  )
  const log = readFileSync(join(folder, 'logs/zone-api.log'), 'utf8')
  assert.match(log, /"msg":"stopping"/)
})
