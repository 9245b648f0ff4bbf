/** Where values come from, and how mistakes are told. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { z } from 'zod'
import { ConfigError, loadConfig } from './config.ts'

const schema = z.object({
  port: z.number().int().min(0).max(65_535).default(8053),
  dataFolder: z.string(),
  adminToken: z.string().min(8).optional(),
  publishers: z.array(z.string()).default([]),
  dns: z.object({ port: z.number().default(5300), recursive: z.boolean().default(false) }).prefault({}),
})
const folder = mkdtempSync(join(tmpdir(), 'config-'))
function fileWith(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
function problemsOf(env: NodeJS.ProcessEnv, file?: string): readonly string[] {
  try {
    loadConfig(schema, { env, ...(file !== undefined && { file }) })
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    assert.equal(error.exitCode, 64)
    return error.problems.map(({ variable, value, rule }) => `${variable}|${value ?? ''}|${rule}`)
  }
  return []
}

test('defaults fill what nobody set', () => {
  assert.deepEqual(loadConfig(schema, { env: { ZONECAST_DATA_FOLDER: '/d' } }), {
    port: 8053,
    dataFolder: '/d',
    publishers: [],
    dns: { port: 5300, recursive: false },
  })
})

test('text becomes the number, flag or list that the schema wants', () => {
  const env = {
    ZONECAST_DATA_FOLDER: '42',
    ZONECAST_DNS_PORT: '53',
    ZONECAST_DNS_RECURSIVE: 'true',
    ZONECAST_PUBLISHERS: 'http://a:1, http://b:2',
  }
  const config = loadConfig(schema, { env })
  assert.deepEqual(config, {
    port: 8053,
    dataFolder: '42',
    publishers: ['http://a:1', 'http://b:2'],
    dns: { port: 53, recursive: true },
  })
})

for (const { name, text } of [
  { name: 'zonecast.yaml', text: 'port: 1\ndataFolder: /file\ndns:\n  port: 2\n' },
  { name: 'zonecast.json', text: '{"port":1,"dataFolder":"/file","dns":{"port":2}}' },
])
  test(`the environment goes before ${name}`, () => {
    const config = loadConfig(schema, { env: { ZONECAST_CONFIG_FILE: fileWith(name, text), ZONECAST_DNS_PORT: '3' } })
    assert.deepEqual([config.port, config.dataFolder, config.dns.port], [1, '/file', 3])
  })

test('a secret may stand in a file', () => {
  const env = { ZONECAST_DATA_FOLDER: '/d', ZONECAST_ADMIN_TOKEN_FILE: fileWith('token', 'zc_12345678\n') }
  assert.equal(loadConfig(schema, { env }).adminToken, 'zc_12345678')
})

test('every mistake is listed, and none shows a secret', () => {
  const env = {
    ZONECAST_PORT: '99999',
    ZONECAST_ADMIN_TOKEN: 'hunter2',
    ZONECAST_DNS_RECURSIVE: 'maybe',
    ZONECAST_DATAFOLDER: '/d',
    PATH: '/bin',
  }
  const problems = problemsOf(env)
  assert.equal(problems.length, 5, problems.join('\n'))
  assert.match(problems.join('\n'), /ZONECAST_DATAFOLDER\|\|is not known/)
  assert.match(problems.join('\n'), /ZONECAST_DATA_FOLDER\|\|is missing/)
  assert.match(problems.join('\n'), /ZONECAST_PORT\|99999\|/)
  assert.match(problems.join('\n'), /ZONECAST_DNS_RECURSIVE\|"maybe"\|/)
  assert.match(problems.join('\n'), /ZONECAST_ADMIN_TOKEN\|\|/)
  assert.doesNotMatch(problems.join('\n'), /hunter2/)
})

for (const { name, text, problem } of [
  { name: 'an unknown name in a section', text: 'dataFolder: /d\ndns:\n  prot: 1\n', problem: /dns\.prot\|\|is not known/ },
  { name: 'a list where names are wanted', text: '- a\n', problem: /must hold a mapping/ },
  { name: 'text that is not YAML', text: 'a: [\n', problem: /cannot be read/ },
])
  test(`a file with ${name} is refused`, () => assert.match(problemsOf({}, fileWith('bad.yaml', text)).join('\n'), problem))

test('a file that is not there is named', () =>
  assert.match(problemsOf({ ZONECAST_ADMIN_TOKEN_FILE: '/none' }).join('\n'), /ADMIN_TOKEN_FILE\|\/none\|cannot be read/))
