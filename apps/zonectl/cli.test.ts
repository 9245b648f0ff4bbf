import assert from 'node:assert/strict'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { writeContext } from './context.ts'
import { temporaryFolder, zonectl } from './test-io.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const nowhere = ['--data', join(folder.path, 'none')]
const server = 'http://127.0.0.1:1'
writeContext(folder.path, { server, tokenFile: 'administrator.token', publisher: server, edges: [] })

for (const { name, words, says } of [
  { name: 'an unknown command', words: ['zones'], says: /unknown command 'zones'/ },
  { name: 'an unknown verb, with the one that was meant', words: ['zone', 'impot'], says: /Did you mean import\?/ },
  { name: 'an unknown flag', words: ['zone', 'list', '--al'], says: /unknown option '--al'/ },
  { name: 'an unknown format', words: ['zone', 'list', '-o', 'xml'], says: /Allowed choices are table, json, yaml/ },
  { name: 'a missing argument', words: ['zone', 'show'], says: /missing required argument 'zone'/ },
  { name: 'an argument too many', words: ['zone', 'show', 'a', 'b'], says: /too many arguments/ },
  { name: 'a missing value', words: ['record', 'set', 'z', 'n', 'A'], says: /missing required argument 'value'/ },
  {
    name: 'an edge without a name',
    words: ['zone', 'delete', 'z', '--wait=edge-1,'],
    says: /Write all, quorum, or names of edges/,
  },
  { name: 'a wrong TTL', words: ['record', 'set', 'z', 'n', 'A', '1', '--ttl', 'x'], says: /units as in 5m/ },
  { name: 'a wrong port base', words: ['up', '--port-base', '70000'], says: /Write a port from 1 to 65524/ },
  { name: 'an edge and a server', words: ['query', 'a', '--edge', 'e', '--server', '::1'], says: /cannot be used with/ },
  { name: 'a name that is none', words: ['query', 'a..b', '--server', '127.0.0.1'], says: /a\.\.b is no domain name/ },
  { name: 'a type that is none', words: ['query', 'a', 'FOO', '--server', '127.0.0.1'], says: /FOO is no RR type/ },
  {
    name: 'a server that is no address',
    words: ['zone', 'list', '--server', 'here', '--token-file', 'x'],
    says: /no address of a server/,
  },
  { name: 'nobody who asks', words: ['zone', 'list', '--server', 'http://127.0.0.1:1', ...nowhere], says: /say who you are/ },
  {
    name: 'nobody who asks elsewhere: the credential of the system here does not leave this machine',
    words: ['zone', 'list', '--server', 'https://zone-api.example:1', '--data', folder.path],
    says: /say who you are/,
  },
  {
    name: 'a name without a password',
    words: ['whoami', '--server', 'http://[::1]:1', '--user', 'ann', ...nowhere],
    says: /needs --password-file/,
  },
  {
    name: 'a password without a name',
    words: ['whoami', '--server', 'http://[::1]:1', '--password-file', 'x', ...nowhere],
    says: /needs --user/,
  },
  {
    name: 'two credentials',
    words: ['whoami', '--server', 'http://[::1]:1', '--user', 'ann', '--password-file', 'x', '--token-file', 'y'],
    says: /say who you are once/,
  },
  {
    name: 'a password that is not there',
    words: ['whoami', '--server', 'http://[::1]:1', '--user', 'ann', '--password-file', '/no/such'],
    says: /the password in \/no\/such cannot be read/,
  },
  {
    name: 'a credential that is not there',
    words: ['whoami', '--server', 'http://[::1]:1', '--token-file', '/no/such'],
    says: /no such file/,
  },
])
  test(`${name} is a mistake of usage: 64`, async () => {
    const { code, out, err } = await zonectl(words)
    assert.equal(code, 64, err)
    assert.equal(out, '')
    assert.match(err, says)
    assert.match(err, /^zonectl: /)
  })

test('a system that was never started is unavailable, and the way out is named: 69', async () => {
  const { code, err } = await zonectl(['zone', 'list', ...nowhere])
  assert.equal(code, 69)
  assert.match(err, /start one with "npx zonectl up"/)
})

test('help goes to stdout and is no mistake', async () => {
  const { code, out, err } = await zonectl(['record', 'set', '--help'])
  assert.equal(code, 0)
  assert.match(out, /NAME is relative to the zone unless it ends in a dot; @ is the apex/)
  assert.equal(err, '')
})

for (const { name, words, code, exitCode, says } of [
  { name: 'usage', words: ['zone', 'impot'], code: 'usage', exitCode: 64, says: /unknown command 'impot'/ },
  { name: 'usage of its own', words: ['query', 'a..b', '--server', '::1'], code: 'usage', exitCode: 64, says: /no domain name/ },
  { name: 'something away', words: ['zone', 'list', ...nowhere], code: 'unavailable', exitCode: 69, says: /there is no system/ },
])
  for (const format of ['json', 'yaml'])
    test(`an error of ${name} is a document on stderr with -o ${format}`, async () => {
      const ran = await zonectl([...words, `--output=${format}`])
      assert.equal(ran.code, exitCode)
      assert.equal(ran.out, '')
      const { error } = format === 'json' ? JSON.parse(ran.err) : parseYaml(ran.err)
      assert.equal(error.code, code)
      assert.equal(error.exitCode, exitCode)
      assert.match(error.message, says)
      assert.deepEqual(error.violations, [])
      assert.ok(Array.isArray(error.more))
    })
