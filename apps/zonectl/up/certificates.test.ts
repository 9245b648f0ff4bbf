/** What `up --tls` finds in its data folder, and what it makes of it. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'vitest'
import { temporaryFolder } from '../test-io.ts'
import { prepareCertificates } from './certificates.ts'

const dayMs = 86_400_000
const principals = ['zone-api', 'publisher']
const nowMs = Date.UTC(2026, 10, 30)
const folder = temporaryFolder()
const at = (name: string) => join(folder.path, name)
afterEach(() => folder.remove())

/** Names of what was made. */
function prepare(days = 0): string[] {
  const made: string[] = []
  const talk = (line: string) => made.push(line.replace(`made ${at('tls')}/`, ''))
  prepareCertificates({ of: at }, { principals, talk, nowMs: nowMs + days * dayMs })
  return made
}

const read = (name: string) => new X509Certificate(readFileSync(at(`tls/${name}.crt`)))

test('an authority and a certificate for each program are made once, and nobody else reads the keys', () => {
  assert.deepEqual(prepare(), ['ca.crt', 'zone-api.crt', 'publisher.crt'])
  assert.deepEqual(prepare(), [])
  for (const name of readdirSync(at('tls'))) assert.equal(statSync(at(`tls/${name}`)).mode & 0o777, 0o600)
  assert.equal(statSync(at('tls')).mode & 0o777, 0o700)
  assert.equal(read('zone-api').subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  assert.ok(read('zone-api').checkIssued(read('ca')))
})

test('certificates are renewed before they expire, by the same authority', () => {
  prepare()
  const authority = readFileSync(at('tls/ca.crt'), 'utf8')
  assert.deepEqual(prepare(366), [])
  assert.deepEqual(prepare(368), ['zone-api.crt', 'publisher.crt'])
  assert.equal(readFileSync(at('tls/ca.crt'), 'utf8'), authority)
  assert.deepEqual(prepare(368), [])
})

test('an authority that would expire before what it signs makes room for a new one', () => {
  prepare()
  assert.deepEqual(prepare(3_650 - 396), ['ca.crt', 'zone-api.crt', 'publisher.crt'])
})

for (const { name, spoil, made } of [
  { name: 'a certificate that is gone', spoil: () => rmSync(at('tls/publisher.crt')), made: ['publisher.crt'] },
  {
    name: 'a key of another certificate',
    spoil: () => writeFileSync(at('tls/publisher.key'), readFileSync(at('tls/zone-api.key'))),
    made: ['publisher.crt'],
  },
  { name: 'a half written certificate', spoil: () => writeFileSync(at('tls/zone-api.crt'), 'BEGIN'), made: ['zone-api.crt'] },
  {
    name: 'an authority without its key',
    spoil: () => rmSync(at('tls/ca.key')),
    made: ['ca.crt', 'zone-api.crt', 'publisher.crt'],
  },
])
  test(`${name} is made anew`, () => {
    prepare()
    spoil()
    assert.deepEqual(prepare(), made)
    assert.deepEqual(prepare(), [])
  })
