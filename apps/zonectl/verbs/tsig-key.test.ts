/** TSIG keys on the command line: what their names may be, and what the audit log says of them. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { testSystem } from '../test-system.ts'

const { folder, run, file } = testSystem()

const reveals = async () => (await run(['audit', '--method', 'RevealTSIGKey'])).out

test('a secret that was shown reads so in the audit log', async () => {
  assert.equal((await run(['tsig-key', 'create', 'I7.example'])).code, 0)
  assert.match((await run(['tsig-key', 'secret', 'i7.example', '--reason', 'for ns2'])).out, /^key "i7\.example" \{/)
  assert.match(await reveals(), /RevealTSIGKey +secret of TSIG key i7\.example\. revealed: for ns2\n/)
  assert.match((await run(['tsig-key', 'delete', 'I7.example'])).out, /^key +i7\.example\.\n/)
})

test('a name that no configuration can hold is warned of, and refused before its secret is asked for', async () => {
  const made = await run(['tsig-key', 'create', '*.i8.example'])
  assert.equal(made.code, 0)
  assert.match(made.err, /^warning: \*\.i8\.example\. cannot be written into a configuration/)
  const out = join(folder, 'i8.conf')
  for (const more of [[], ['--out', out]]) {
    const refused = await run(['tsig-key', 'secret', '*.I8.example', ...more])
    assert.deepEqual([refused.code, refused.out], [64, ''])
    assert.match(refused.err, /print it with -o json/)
  }
  assert.ok(!existsSync(out))
  assert.doesNotMatch(await reveals(), /i8/)
  assert.match((await run(['tsig-key', 'secret', '*.i8.example', '-o', 'json'])).out, /"secret"/)
  assert.match(await reveals(), /secret of TSIG key \*\.i8\.example\. revealed/)
})

test('a secret file that is too long is refused by the rule that a short one meets', async () => {
  for (const octets of [4, 2000]) {
    const secret = file('secret', `${Buffer.alloc(octets).toString('base64')}\n`)
    const { code, err } = await run(['tsig-key', 'create', 'i9.example', '--secret-file', secret])
    assert.equal(code, 1)
    assert.match(err, new RegExp(`the secret has ${octets} octets, and may have 8 to 512[^]*TSIG_SECRET_INVALID`))
  }
})
