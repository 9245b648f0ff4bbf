import assert from 'node:assert/strict'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Code } from '@connectrpc/connect'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { makeSealKey, writeSealKeys } from '@zonecast/runtime/sealing'
import { afterAll, beforeAll, test } from 'vitest'
import { given, openTestSealed, refusal, type TestSealed } from './test-sealed.ts'

const two = makeSealKey()
let on: TestSealed
beforeAll(async () => {
  on = await openTestSealed()
  await on.keys().createTSIGKey({ name: 'customer.example', secret: given })
  for (let each = 0; each < 8; each++) await on.keys().createTSIGKey({ name: `k${each}.example` })
})
afterAll(() => on.close())

test('secrets go under a new key piece by piece, and the old one may go when nothing needs it', async () => {
  const before = await on.keys().revealTSIGKey({ name: 'customer.example' })
  writeSealKeys(on.sealKeyFile, [two, on.sealKey])
  const listed = (await on.keys().listTSIGKeys({})).keys
  const uses = async () =>
    (await on.seals().listSealKeys({})).keys.map(({ id, seals: first, missing, secrets }) => ({ id, first, missing, secrets }))
  const count = listed.length
  assert.deepEqual(await uses(), [
    { id: two.id, first: true, missing: false, secrets: 0 },
    { id: on.sealKey.id, first: false, missing: false, secrets: count },
  ])
  // The first piece alone, as where whoever asks is killed on the way; then from the beginning.
  assert.equal((await on.seals().resealSecrets({ pageSize: 2 })).resealed, 2)
  assert.deepEqual(
    (await uses()).map(({ secrets }) => secrets),
    [2, count - 2],
  )
  let resealed = 0
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const piece = await on.seals().resealSecrets({ pageSize: 3, pageToken })
    resealed += piece.resealed
    pageToken = piece.nextPageToken
  }
  assert.equal(resealed, count - 2)
  writeSealKeys(on.sealKeyFile, [two])
  assert.deepEqual(await uses(), [{ id: two.id, first: true, missing: false, secrets: count }])
  assert.equal((await on.keys().revealTSIGKey({ name: 'customer.example' })).secret, before.secret)
  for (const pageToken of ['AAAA', Buffer.from('["tsig","a..b"]').toString('base64url')])
    await assert.rejects(on.seals().resealSecrets({ pageToken }), refusal(Code.InvalidArgument, 'PAGE_TOKEN_INVALID', /./))
})

test('where the file lacks a key its secrets are named and stay, and all else goes on', async () => {
  const three = makeSealKey()
  writeSealKeys(on.sealKeyFile, [three])
  const wanted = refusal(Code.FailedPrecondition, 'SEAL_KEY_MISSING', new RegExp(`lacks the seal key ${two.id}; add it`))
  const reveals = async () => (await on.server.client(AuditService).listEvents({ method: 'RevealTSIGKey', pageSize: 500 })).events
  const before = (await reveals()).length
  await assert.rejects(on.keys().revealTSIGKey({ name: 'customer.example' }), wanted)
  assert.equal((await reveals()).length, before, 'a reveal that failed is none')
  await on.keys().createTSIGKey({ name: 'fresh.example' })
  const { keys: uses } = await on.seals().listSealKeys({})
  assert.deepEqual(
    uses.map(({ id, missing }) => [id, missing]),
    [
      [three.id, false],
      [two.id, true],
    ],
  )
  const { resealed, unread } = await on.seals().resealSecrets({})
  assert.deepEqual([resealed, unread], [0, uses[1]!.secrets])
  writeSealKeys(on.sealKeyFile, [three, two])
  assert.equal((await on.seals().resealSecrets({})).resealed, unread)
  assert.equal((await on.keys().revealTSIGKey({ name: 'customer.example' })).secret, given)
  const [{ what } = assert.fail('no event'), ...earlier] = await reveals()
  assert.equal(earlier.length, before)
  assert.equal(what.case === 'change' && what.value.details[0]?.subject, 'secret of TSIG key customer.example. revealed')
})

test('a program starts without a key file that it can use, says so, and does all else', async () => {
  chmodSync(on.sealKeyFile, 0o644)
  await on.server.restart()
  assert.ok(on.server.lines.some(({ level, msg }) => level === 'error' && /open to others \(mode 0644\)/.test(String(msg))))
  const missing = refusal(Code.FailedPrecondition, 'SEAL_KEY_MISSING', /open to others/)
  await assert.rejects(on.keys().createTSIGKey({ name: 'y.example' }), missing)
  await assert.rejects(on.keys().revealTSIGKey({ name: 'customer.example' }), missing)
  assert.ok((await on.keys().listTSIGKeys({})).keys.length > 0)
  assert.match((await on.seals().listSealKeys({})).fault, /open to others/)
  chmodSync(on.sealKeyFile, 0o600)
  assert.equal((await on.keys().revealTSIGKey({ name: 'customer.example' })).secret, given)
  assert.equal(statSync(on.sealKeyFile).mode & 0o777, 0o600)
})

test('a sealed secret that was put into another row, or altered, is told of and opens nowhere', async () => {
  await on.keys().createTSIGKey({ name: 'thief.example' })
  const database = new DatabaseSync(join(on.data, 'zone-api.db'))
  const set = database.prepare(
    "update secrets set sealed = (select sealed from secrets where name = 'customer.example.') where name = ?",
  )
  set.run('thief.example.')
  const broken = refusal(
    Code.FailedPrecondition,
    'SEAL_BROKEN',
    /the secret of TSIG key thief\.example\. cannot be read .*altered/,
  )
  await assert.rejects(on.keys().revealTSIGKey({ name: 'thief.example' }), broken)
  database.prepare("update secrets set sealed = ? where name = 'thief.example.'").run(new Uint8Array([9]))
  await assert.rejects(on.keys().revealTSIGKey({ name: 'thief.example' }), broken)
  database.close()
  await on.keys().deleteTSIGKey({ name: 'thief.example' })
})
