/** What a file of seal keys may look like, and who may read it. */
import { strict as assert } from 'node:assert'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { makeSealKey, parseSealKeys, readSealKeys, SealKeyFileError, updateSealKeys, writeSealKeys } from './key-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonecast-seal-'))
afterAll(() => rmSync(folder, { recursive: true }))

const text = (octet: number) => Buffer.alloc(32, octet).toString('base64')
const refused = (act: () => unknown, says: RegExp) =>
  assert.throws(act, (error: Error) => {
    assert.ok(error instanceof SealKeyFileError)
    assert.match(error.message, says)
    for (const octet of [1, 2]) assert.ok(!error.message.includes(text(octet).slice(0, 12)))
    return true
  })

test('keys that are written are read, in their order, from a file that is its owner’s alone', () => {
  const file = join(folder, 'written')
  const keys = [makeSealKey(), makeSealKey()]
  for (const written of [keys, keys.toReversed()]) {
    writeSealKeys(file, written)
    assert.deepEqual(
      readSealKeys(file).map(({ id }) => id),
      written.map(({ id }) => id),
    )
    assert.equal(statSync(file).mode & 0o777, 0o600)
  }
})

test('blank lines and comments are read over, and so is the end of a line of Windows', () => {
  const read = parseSealKeys(`# ours\r\n\r\n${text(1)}\r\n  ${text(2)}  # of May`, 'f')
  assert.equal(read.length, 2)
})

for (const { name, content, says } of [
  {
    name: 'no key',
    content: '# none\n',
    says: /^the seal key file f holds no key; remove it, and "zonectl seal-key create" makes one$/,
  },
  {
    name: 'a key that is too short',
    content: `${text(1)}\n${text(2).slice(0, 20)}\n`,
    says: /^line 2 of the seal key file f is not 32/,
  },
  { name: 'a key in hexadecimal', content: '01'.repeat(32), says: /^line 1 .*"openssl rand -base64 32"/ },
  { name: 'something behind a key', content: `${text(1)} ${text(2)}`, says: /^line 1 / },
  { name: 'one key twice', content: `${text(1)}\n\n${text(1)}\n`, says: /^line 3 .* repeats a key/ },
])
  test(`refused without showing it: ${name}`, () => refused(() => parseSealKeys(content, 'f'), says))

for (const { mode, says } of [
  { mode: 0o644, says: /open to others \(mode 0644\); chmod 600 it$/ },
  { mode: 0o640, says: /open to others \(mode 0640\)/ },
  { mode: 0o602, says: /mode 0602/ },
])
  test(`a file with mode ${mode.toString(8)} is not read`, () => {
    const file = join(folder, `mode-${mode}`)
    writeFileSync(file, text(1))
    chmodSync(file, mode)
    refused(() => readSealKeys(file), says)
    chmodSync(file, 0o400)
    assert.equal(readSealKeys(file).length, 1)
    // A link has rights that say nothing.
    symlinkSync(file, `${file}.link`)
    assert.equal(readSealKeys(`${file}.link`).length, 1)
  })

test('a file that is not there, a folder and a large file are refused', () => {
  refused(() => readSealKeys(join(folder, 'none')), /is not there; put its copy back, .*zonectl seal-key create$/)
  chmodSync(folder, 0o700)
  refused(() => readSealKeys(folder), /is no seal key file|EISDIR/)
  writeFileSync(join(folder, 'large'), '#'.repeat(1 << 17), { mode: 0o600 })
  refused(() => readSealKeys(join(folder, 'large')), /is no seal key file/)
})

test('a file is changed by one at a time, from what it holds, and a change that fails leaves it', () => {
  const file = join(folder, 'updated')
  const [one, two] = [makeSealKey(), makeSealKey()]
  updateSealKeys(file, (none) => [...none, one])
  updateSealKeys(file, (keys) => {
    refused(
      () => updateSealKeys(file, () => [two]),
      /^somebody else is writing the seal key file .*; where nobody is, remove .*\.new$/,
    )
    return [two, ...keys]
  })
  assert.throws(() => updateSealKeys(file, () => assert.fail('on the way')))
  assert.deepEqual(
    readSealKeys(file).map(({ id }) => id),
    [two.id, one.id],
  )
  assert.ok(!existsSync(`${file}.new`))
  refused(() => updateSealKeys(join(folder, 'none', 'file'), () => [one]), /cannot be written \(ENOENT\)/)
})

test('a link to the file stays a link, and one that leads to no file is told of', () => {
  mkdirSync(join(folder, 'vault'))
  const [one, two] = [makeSealKey(), makeSealKey()]
  const [file, link] = [join(folder, 'vault/file'), join(folder, 'link')]
  writeSealKeys(file, [one])
  symlinkSync('vault/file', link)
  updateSealKeys(link, (keys) => [two, ...keys])
  assert.equal(readlinkSync(link), 'vault/file')
  assert.deepEqual(
    readSealKeys(file).map(({ id }) => id),
    [two.id, one.id],
  )
  rmSync(file)
  refused(() => updateSealKeys(link, () => [one]), /is a link that leads to no file/)
  assert.equal(readlinkSync(link), 'vault/file')
})
