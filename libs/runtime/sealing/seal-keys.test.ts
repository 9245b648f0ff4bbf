/** Seal keys in use while their file comes, goes and changes. */
import { strict as assert } from 'node:assert'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { createLogger } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { makeSealKey, writeSealKeys } from './key-file.ts'
import { sealedUnder } from './seal.ts'
import { SealKeyMissing, SealKeys } from './seal-keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonecast-seal-'))
afterAll(() => rmSync(folder, { recursive: true }))
const place = { kind: 'tsig', name: 'k.' }
const secret = new Uint8Array([1, 2, 3])
let count = 0

function start(file: string | undefined = join(folder, `keys-${++count}`)) {
  const lines: string[] = []
  const log = createLogger({ app: 'test', level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  const metrics = createMetrics('test')
  return { file, lines, metrics, keys: new SealKeys({ file, log, metrics }) }
}

test('the first key seals, all open, and a new file counts at its next use', () => {
  const { file, keys } = start()
  const [one, two] = [makeSealKey(), makeSealKey()]
  writeSealKeys(file, [one])
  const old = keys.sealer.seal(secret, place)
  writeSealKeys(file, [two, one])
  assert.equal(keys.sealer.keyId, two.id)
  assert.equal(sealedUnder(keys.sealer.seal(secret, place)), two.id)
  assert.deepEqual(keys.unseal(old, place), secret)
  writeSealKeys(file, [two])
  assert.throws(
    () => keys.unseal(old, place),
    (error: SealKeyMissing) => {
      assert.ok(error instanceof SealKeyMissing)
      assert.equal(error.keyId, one.id)
      assert.match(error.message, new RegExp(`lacks the seal key ${one.id}; add it to the file$`))
      return true
    },
  )
})

test('without a file that can be used there is nothing to seal with, until there is', () => {
  const { file, keys, lines } = start()
  assert.throws(() => keys.sealer, /nothing can be sealed: the seal key file .* is not there; .*seal-key create/)
  writeSealKeys(file, [makeSealKey()])
  chmodSync(file, 0o644)
  assert.throws(() => keys.sealer, /open to others/)
  chmodSync(file, 0o600)
  keys.sealer.seal(secret, place)
  assert.equal(keys.fault, '')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { level: unknown }).level),
    ['error', 'error', 'info'],
  )
})

test('what was read before stays in use when the file goes bad, and the log tells of it once', async () => {
  const { file, keys, lines, metrics } = start()
  writeSealKeys(file, [makeSealKey()])
  const sealed = keys.sealer.seal(secret, place)
  rmSync(file)
  for (let i = 0; i < 3; i++) assert.deepEqual(keys.unseal(sealed, place), secret)
  assert.match(keys.fault, /is not there/)
  assert.equal(lines.filter((line) => line.includes('stays in use')).length, 1)
  assert.match(await metrics.text(), /^zonecast_seal_keys\{[^}]*\} 1$/m)
})

test('where no file is set, that is what is said, and no log is written', () => {
  const { keys, lines } = start('')
  assert.match(keys.fault, /is not there/)
  const none = new SealKeys({ file: undefined, log: createLogger({ app: 'test' }), metrics: createMetrics('test') })
  assert.throws(() => none.sealer, /no seal key file is set; name one with ZONECAST_SEAL_KEY_FILE$/)
  assert.equal(lines.length, 1)
})
