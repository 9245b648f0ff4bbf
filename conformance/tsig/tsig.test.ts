/** TSIG keys as zonectl prints them are read by BIND, Knot and NSD, and what dig signs with one BIND answers. */
import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tsigAlgorithms } from '@zonecast/dns'
import { afterAll, beforeAll, test } from 'vitest'
import { freePort } from '../lib/free-port.ts'
import { dig, program } from '../lib/programs.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { zonectl } from './zonectl.ts'

let system: System
let named: ChildProcess | undefined

beforeAll(async () => {
  system = await startSystem({ edges: [], publishers: [] })
})
afterAll(async () => {
  if (named) await stop(named)
  await system?.close()
})

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function printed(...words: readonly string[]): Promise<string> {
  const { code, out, err } = await zonectl(system, ...words)
  assert.equal(code, 0, err)
  return out
}

/** Writes the key into a file of the system's folder by --out. */
async function keyFile(name: string, form: string): Promise<string> {
  const file = join(system.folder, `${name}.${form}`)
  await printed('tsig-key', 'secret', name, '--for', form, '--out', file)
  return file
}

for (const { name: algorithm } of tsigAlgorithms)
  test(`a key of ${algorithm} is read by named-checkconf, knotc and nsd-checkconf`, async () => {
    const name = `${algorithm}.keys.example`
    await printed('tsig-key', 'create', name, '--algorithm', algorithm)
    await program('named-checkconf', [await keyFile(name, 'bind')])
    await program('knotc', ['-c', await keyFile(name, 'knot'), 'conf-check'])
    const nsd = await keyFile(name, 'nsd')
    assert.equal(statSync(nsd).mode & 0o777, 0o600)
    const { secret } = JSON.parse(await printed('tsig-key', 'secret', name, '-o', 'json')) as { secret: string }
    // It prints what it has read.
    assert.equal((await program('nsd-checkconf', ['-s', name, nsd])).trim(), secret)
    assert.equal((await program('nsd-checkconf', ['-a', name, nsd])).trim(), algorithm)
  })

test('a key that was printed for the wrong server is not read: the checks check', async () => {
  await printed('tsig-key', 'create', 'wrong.example')
  await assert.rejects(program('named-checkconf', [await keyFile('wrong.example', 'nsd')]))
  await assert.rejects(program('knotc', ['-c', await keyFile('wrong.example', 'bind'), 'conf-check']))
})

test('dig signs with a key that zonectl printed, and BIND, which was given the same, answers; with another it does not', async () => {
  for (const name of ['transfer.example', 'other.example']) await printed('tsig-key', 'create', name)
  const port = await startNamed(await keyFile('transfer.example', 'bind'))
  const server = { host: '127.0.0.1', port }
  const zone = ['signed.example', 'SOA']
  const pair = async (name: string) => (await printed('tsig-key', 'secret', name, '--for', 'dig')).trim()
  await until('named answers', async () => (await dig(server, ...zone).catch(() => undefined))?.status === 'REFUSED')

  const signed = await dig(server, '-y', await pair('transfer.example'), ...zone)
  assert.equal(signed.status, 'NOERROR')
  assert.equal(signed.answer.length, 1)
  // dig verifies what the server signed, and says where that fails.
  assert.match(signed.text, /transfer\.example\.\s+0\s+ANY\s+TSIG\s+hmac-sha256\. /)
  assert.doesNotMatch(signed.text, /Couldn't verify|TSIG.*BAD/)

  const byFile = await dig(server, '-k', join(system.folder, 'transfer.example.bind'), ...zone)
  assert.equal(byFile.status, 'NOERROR')

  const stranger = await dig(server, '-y', await pair('other.example'), ...zone).catch((error: { stdout?: string }) => error)
  assert.match('text' in stranger ? stranger.text : String(stranger.stdout), /status: NOTAUTH[^]*BADKEY/)
  const [algorithm, , secret] = (await pair('other.example')).split(':')
  const forged = await dig(server, '-y', `${algorithm}:transfer.example:${secret}`, ...zone).catch(
    (error: { stdout?: string }) => error,
  )
  assert.match('text' in forged ? forged.text : String(forged.stdout), /status: NOTAUTH[^]*BADSIG/)
})

/** BIND with one zone, which only those who sign with the key may ask. */
async function startNamed(include: string): Promise<number> {
  const folder = join(system.folder, 'named')
  mkdirSync(folder)
  const port = await freePort()
  const zoneFile = '$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n'
  writeFileSync(join(folder, 'zone'), zoneFile)
  const config = [
    `include "${include}";`,
    'options {',
    `  directory "${folder}"; pid-file none; session-keyfile none; managed-keys-directory "${folder}"; lock-file none;`,
    `  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };`,
    '  recursion no; dnssec-validation no; empty-zones-enable no;',
    '};',
    'controls {};',
    'zone "signed.example" { type primary; file "zone"; allow-query { key "transfer.example"; }; };',
    '',
  ].join('\n')
  const path = join(folder, 'named.conf')
  writeFileSync(path, config, { mode: 0o600 })
  assert.match(readFileSync(include, 'utf8'), /^key "transfer\.example" \{/)
  named = spawn('named', ['-g', '-n', '1', '-c', path], { cwd: folder, stdio: 'ignore' })
  return port
}
