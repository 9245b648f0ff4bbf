/** docs/operating/secrets.md: its commands work as printed, one block after the other. */
import { strict as assert } from 'node:assert'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { blocksOf, Machine } from '../lib/docs-page.ts'

const blocks = blocksOf('secrets.md')
const machine = new Machine()
afterAll(() => machine.close())

/** Files are the machine's own. */
function follow(text: string): Promise<string> {
  const { folder } = machine
  return machine.follow(
    text.replaceAll(/(?<=--out )(\S+)/g, join(folder, '$1')).replaceAll(/\/\S*\.backup/g, join(folder, 'a.backup')),
  )
}

test('every command of the page works, from top to bottom; a backup says which keys it wants', async () => {
  assert.equal(blocks.length, 2)
  const [keys, rotation] = blocks as [string, string]
  await machine.start()
  const file = join(machine.data, 'seal.keys')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const said = await follow(keys)
  assert.match(said, /^key "transfer\.harbour\.example" \{\n\talgorithm hmac-sha256;$/m)
  assert.match(readFileSync(join(machine.folder, 'transfer.conf'), 'utf8'), /^key:\n {2}- id: "transfer\.harbour\.example"$/m)
  const [, id = ''] = /sealed under ([0-9a-f]{16})/.exec(said) ?? []
  assert.match(await follow(rotation), new RegExp(`resealed +1[^]*${id} +opens +0`))
  const backup = await follow('npx zonectl backup /x.backup && npx zonectl restore --check /x.backup')
  const [, fresh = ''] = /sealed under ([0-9a-f]{16}):/.exec(backup) ?? []
  assert.notEqual(fresh, id)
  assert.match(await follow(`npx zonectl seal-key remove ${id}`), new RegExp(`seals +${fresh}`))
  // Somewhere else there is no such file.
  const restored = await follow(`ZONECAST_DATA=${join(machine.folder, 'other')} npx zonectl restore /x.backup`)
  assert.match(restored, new RegExp(`warning: .*seal\\.keys lacks the seal keys ${fresh}: put its copy back`))
})
