/** The file of seal keys where no zone API can be asked. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { temporaryFolder, zonectl } from '../test-io.ts'

const { path, remove } = temporaryFolder()
afterAll(remove)

test('a first key, and one less, want a zone API that says what its secrets need, or --force', async () => {
  const file = join(path, 'seal.keys')
  const run = (...words: string[]) => zonectl(['seal-key', ...words, '--seal-key-file', file, '--data', join(path, 'none')])
  const alone = await run('create')
  assert.equal(alone.code, 69)
  assert.match(alone.err, /there is no system in .*\n[^]*is asked first which keys its secrets need; --force does without\n$/)
  assert.ok(!existsSync(file))
  assert.equal((await run('create', '--force')).code, 0)
  // What is in the file stays in it, so that nobody has to be asked.
  const { keys } = JSON.parse((await run('create', '-o', 'json')).out) as { keys: string[] }
  assert.equal(keys.length, 2)
  const remaining = await run('remove', keys[1]!)
  assert.equal(remaining.code, 69)
  assert.match(remaining.err, /--force does without/)
  assert.equal((await run('remove', keys[1]!, '--force')).code, 0)
})
