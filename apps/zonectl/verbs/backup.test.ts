/** What a restore says of the keys that its secrets want. */
import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { zonectl } from '../test-io.ts'
import { testSystem } from '../test-system.ts'

const { folder, data, run } = testSystem()

test('a restore warns of a seal key file that cannot be used, or lacks a key, and is a restore all the same', async () => {
  const [file, other] = [join(folder, 'sealed.backup'), join(folder, 'other')]
  const restore = async () => {
    const { code, out, err } = await zonectl(['restore', file, '--force', '--data', other])
    assert.equal(code, 0, err)
    assert.match(out, /^secrets +1, sealed under /m)
    return err
  }
  assert.equal((await run(['tsig-key', 'create', 'restored.example'])).code, 0)
  assert.equal((await run(['backup', file])).code, 0)
  assert.match(await restore(), /warning: .*seal\.keys lacks the seal keys [0-9a-f]{16}: put its copy back/)
  const keys = join(other, 'seal.keys')
  writeFileSync(keys, 'no key\n', { mode: 0o600 })
  assert.match(await restore(), /warning: secrets cannot be read: line 1 of the seal key file .* is not 32 octets in base64/)
  copyFileSync(join(data, 'seal.keys'), keys)
  assert.doesNotMatch(await restore(), /warning/)
})
