import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Code, ConnectError } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { BadRequestSchema, createRpcClient, PreconditionFailureSchema } from '@zonecast/rpc'
import { makeSealKey, writeSealKeys } from '@zonecast/runtime/sealing'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonecast-seal-'))
const sealKeyFile = join(folder, 'seal.keys')
const data = join(folder, 'data')
const [one, two] = [makeSealKey(), makeSealKey()]
let server: TestServer
beforeAll(async () => {
  writeSealKeys(sealKeyFile, [one])
  server = await startTestServer(['edge1'], { sealKeyFile, data })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const given = 'b2Ygb25lIGN1c3RvbWVyIGFuZCBubyBvdGhlciE='
const keys = () => server.client(TransferService)
const seals = () => server.client(SealService)

/** Asserts a refusal by its code and reason, and that nothing of the secret is in it. */
function refusal(code: Code, reason: string, says: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectError)
    assert.equal(error.code, code, error.message)
    assert.match(error.rawMessage, says)
    const reasons = [
      ...error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations.map((each) => each.reason)),
      ...error.findDetails(PreconditionFailureSchema).flatMap(({ violations }) => violations.map((each) => each.type)),
    ]
    if (reason !== '') assert.ok(reasons.includes(reason), String(reasons))
    assert.ok(!error.message.includes(given.slice(0, 8)))
    return true
  }
}

async function clientOf(role: string) {
  const access = server.client(AccessService)
  await access.createPrincipal({ name: role, kind: PrincipalKind.SERVICE, grants: [{ role, zones: '*', apex: true }] })
  const { token } = await access.createCredential({ principal: role, secret: { case: 'token', value: {} } })
  return createRpcClient(TransferService, server.transport(token))
}

test('a secret is as long as its algorithm’s MAC, and comes out of one method alone', async () => {
  for (const [algorithm, octets] of [
    ['', 32],
    ['hmac-sha224', 28],
    ['HMAC-SHA512.', 64],
  ] as const) {
    const name = `made-${octets}.example`
    const { key, warnings } = await keys().createTSIGKey({ name, algorithm })
    assert.deepEqual([key?.name, key?.secretOctets, key?.sealKey, warnings], [`${name}.`, octets, one.id, []])
    const { secret, key: revealed } = await keys().revealTSIGKey({ name: name.toUpperCase() })
    assert.equal(Buffer.from(secret, 'base64').length, octets)
    assert.deepEqual(revealed, key)
    assert.deepEqual((await keys().getTSIGKey({ name })).key, key)
  }
  const all = await keys().listTSIGKeys({})
  assert.equal(new Set(all.keys.map(({ name }) => name)).size, 3)
})

test('a secret that the other side has already is kept as it is; upper and lower case are one name', async () => {
  await keys().createTSIGKey({ name: 'Customer.Example.', secret: given })
  assert.equal((await keys().revealTSIGKey({ name: 'customer.example' })).secret, given)
  const again = keys().createTSIGKey({ name: 'cUSTOMER.example' })
  await assert.rejects(
    again,
    refusal(Code.AlreadyExists, '', /^the TSIG key customer\.example\. exists already; choose another name, or delete it first$/),
  )
})

test('what is allowed and unwise is warned of', async () => {
  const { warnings } = await keys().createTSIGKey({ name: 'old.example', algorithm: 'hmac-sha1', secret: 'MDEyMzQ1Njc4' })
  assert.deepEqual(
    warnings.map(({ reason, subject }) => [reason, subject]),
    [
      ['TSIG_ALGORITHM_WEAK', 'old.example.'],
      ['TSIG_SECRET_SHORT', 'old.example.'],
    ],
  )
})

for (const { name, request, reason, says } of [
  { name: 'MD5', request: { algorithm: 'hmac-md5' }, reason: 'TSIG_ALGORITHM_INVALID', says: /must not be used.*RFC 8945 §6/ },
  {
    name: 'MD5 by its name in the DNS',
    request: { algorithm: 'HMAC-MD5.SIG-ALG.REG.INT.' },
    reason: 'TSIG_ALGORITHM_INVALID',
    says: /must not/,
  },
  {
    name: 'an algorithm nobody knows',
    request: { algorithm: 'rot13' },
    reason: 'TSIG_ALGORITHM_INVALID',
    says: /hmac-sha1, hmac-sha224/,
  },
  {
    name: 'a secret that is no base64',
    request: { secret: `${given}!` },
    reason: 'TSIG_SECRET_INVALID',
    says: /^the secret is not base64/,
  },
  {
    name: 'a secret of three octets',
    request: { secret: 'AAAA' },
    reason: 'TSIG_SECRET_INVALID',
    says: /has 3 octets, and may have 8 to 512/,
  },
  {
    name: 'a secret of two thousand octets',
    request: { secret: Buffer.alloc(2000).toString('base64') },
    reason: 'TSIG_SECRET_INVALID',
    says: /has 2000 octets, and may have 8 to 512/,
  },
  { name: 'no domain name', request: { name: 'a..b' }, reason: 'NAME_INVALID', says: /a\.\.b/ },
  { name: 'the root', request: { name: '.' }, reason: 'NAME_INVALID', says: /^the root is no name/ },
])
  test(`refused: ${name}`, async () => {
    await assert.rejects(keys().createTSIGKey({ name: 'x.example', ...request }), refusal(Code.InvalidArgument, reason, says))
  })

test('a repetition is answered as before, and one with another secret is refused', async () => {
  const request = { name: 'again.example', secret: given, requestId: 'again' }
  const { key } = await keys().createTSIGKey(request)
  assert.deepEqual((await keys().createTSIGKey(request)).key, key)
  for (const secret of [Buffer.from(given, 'base64').fill(7).toString('base64'), ''])
    await assert.rejects(
      keys().createTSIGKey({ ...request, secret }),
      refusal(Code.FailedPrecondition, 'REQUEST_ID_REUSED', /again/),
    )
  await keys().deleteTSIGKey({ name: 'again.example' })
  await assert.rejects(
    keys().revealTSIGKey({ name: 'again.example' }),
    refusal(Code.NotFound, '', /no TSIG key again\.example\./),
  )
})

test('keys are listed in canonical order, page by page', async () => {
  for (const name of ['b.list.example', 'list.example', 'a.list.example']) await keys().createTSIGKey({ name })
  const seen: string[] = []
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const page = await keys().listTSIGKeys({ pageSize: 2, pageToken })
    seen.push(...page.keys.map(({ name }) => name))
    pageToken = page.nextPageToken
  }
  const listed = seen.filter((name) => name.endsWith('list.example.'))
  assert.deepEqual(listed, ['list.example.', 'a.list.example.', 'b.list.example.'])
  for (const pageToken of ['AAAA', Buffer.from('ta..b').toString('base64url')])
    await assert.rejects(keys().listTSIGKeys({ pageToken }), refusal(Code.InvalidArgument, 'NAME_INVALID', /./))
})

test('an operator makes and deletes keys without learning their secrets; a transfer agent learns them and makes none', async () => {
  const [operator, agent] = [await clientOf('operator'), await clientOf('transfer-agent')]
  const denied = refusal(Code.PermissionDenied, '', /tsig\./)
  await operator.createTSIGKey({ name: 'operators.example' })
  await assert.rejects(operator.revealTSIGKey({ name: 'operators.example' }), denied)
  assert.equal((await agent.revealTSIGKey({ name: 'operators.example' })).key?.createdBy, 'operator')
  await assert.rejects(agent.deleteTSIGKey({ name: 'operators.example' }), denied)
  await operator.deleteTSIGKey({ name: 'operators.example' })
})

test('the files of the database, its log of writes among them, have no octet of a secret in any form', async () => {
  const { secret: made } = await keys().revealTSIGKey({ name: 'made-32.example' })
  await keys().createTSIGKey({ name: 'gone.example', secret: given, requestId: 'gone' })
  await keys().deleteTSIGKey({ name: 'gone.example' })
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const octets = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)))
  assert.ok(files.some(({ name }) => name.endsWith('-wal')))
  // The search finds what is there.
  assert.ok(octets.some((each) => each.includes('customer.example.')))
  for (const secret of [made, given, one.key.export().toString('base64')]) {
    const raw = Buffer.from(secret, 'base64')
    const forms = [
      raw,
      Buffer.from(raw.toString('hex')),
      Buffer.from(secret.replace(/=+$/, '')),
      Buffer.from(raw.toString('base64url')),
    ]
    for (const [index, each] of octets.entries())
      for (const [form, wanted] of forms.entries()) assert.ok(!each.includes(wanted), `form ${form} is in ${files[index]?.name}`)
  }
})

test('secrets go under a new key piece by piece, and the old one may go when nothing needs it', async () => {
  const before = await keys().revealTSIGKey({ name: 'customer.example' })
  writeSealKeys(sealKeyFile, [two, one])
  const listed = (await keys().listTSIGKeys({})).keys
  const uses = async () =>
    (await seals().listSealKeys({})).keys.map(({ id, seals: first, missing, secrets }) => ({ id, first, missing, secrets }))
  const count = listed.length
  assert.deepEqual(await uses(), [
    { id: two.id, first: true, missing: false, secrets: 0 },
    { id: one.id, first: false, missing: false, secrets: count },
  ])
  // The first piece alone, as where whoever asks is killed on the way; then from the beginning.
  assert.equal((await seals().resealSecrets({ pageSize: 2 })).resealed, 2)
  assert.deepEqual(
    (await uses()).map(({ secrets }) => secrets),
    [2, count - 2],
  )
  let resealed = 0
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const piece = await seals().resealSecrets({ pageSize: 3, pageToken })
    resealed += piece.resealed
    pageToken = piece.nextPageToken
  }
  assert.equal(resealed, count - 2)
  writeSealKeys(sealKeyFile, [two])
  assert.deepEqual(await uses(), [{ id: two.id, first: true, missing: false, secrets: count }])
  assert.equal((await keys().revealTSIGKey({ name: 'customer.example' })).secret, before.secret)
  for (const pageToken of ['AAAA', Buffer.from('["tsig","a..b"]').toString('base64url')])
    await assert.rejects(seals().resealSecrets({ pageToken }), refusal(Code.InvalidArgument, 'NAME_INVALID', /./))
})

test('where the file lacks a key its secrets are named and stay, and all else goes on', async () => {
  const three = makeSealKey()
  writeSealKeys(sealKeyFile, [three])
  const wanted = refusal(Code.FailedPrecondition, 'SEAL_KEY_MISSING', new RegExp(`lacks the seal key ${two.id}; add it`))
  const reveals = async () => (await server.client(AuditService).listEvents({ method: 'RevealTSIGKey', pageSize: 500 })).events
  const before = (await reveals()).length
  await assert.rejects(keys().revealTSIGKey({ name: 'customer.example' }), wanted)
  assert.equal((await reveals()).length, before, 'a reveal that failed is none')
  await keys().createTSIGKey({ name: 'fresh.example' })
  const { keys: uses } = await seals().listSealKeys({})
  assert.deepEqual(
    uses.map(({ id, missing }) => [id, missing]),
    [
      [three.id, false],
      [two.id, true],
    ],
  )
  const { resealed, unread } = await seals().resealSecrets({})
  assert.deepEqual([resealed, unread], [0, uses[1]!.secrets])
  writeSealKeys(sealKeyFile, [three, two])
  assert.equal((await seals().resealSecrets({})).resealed, unread)
  assert.equal((await keys().revealTSIGKey({ name: 'customer.example' })).secret, given)
  const [{ what } = assert.fail('no event'), ...earlier] = await reveals()
  assert.equal(earlier.length, before)
  assert.equal(what.case === 'change' && what.value.details[0]?.subject, 'secret of TSIG key customer.example. revealed')
})

test('a program starts without a key file that it can use, says so, and does all else', async () => {
  chmodSync(sealKeyFile, 0o644)
  await server.restart()
  assert.ok(server.lines.some(({ level, msg }) => level === 'error' && /open to others \(mode 0644\)/.test(String(msg))))
  const missing = refusal(Code.FailedPrecondition, 'SEAL_KEY_MISSING', /open to others/)
  await assert.rejects(keys().createTSIGKey({ name: 'y.example' }), missing)
  await assert.rejects(keys().revealTSIGKey({ name: 'customer.example' }), missing)
  assert.ok((await keys().listTSIGKeys({})).keys.length > 0)
  assert.match((await seals().listSealKeys({})).fault, /open to others/)
  chmodSync(sealKeyFile, 0o600)
  assert.equal((await keys().revealTSIGKey({ name: 'customer.example' })).secret, given)
  assert.equal(statSync(sealKeyFile).mode & 0o777, 0o600)
})

test('a sealed secret that was put into another row, or altered, is told of and opens nowhere', async () => {
  await keys().createTSIGKey({ name: 'thief.example' })
  const database = new DatabaseSync(join(data, 'zone-api.db'))
  const set = database.prepare(
    "update secrets set sealed = (select sealed from secrets where name = 'customer.example.') where name = ?",
  )
  set.run('thief.example.')
  const broken = refusal(
    Code.FailedPrecondition,
    'SEAL_BROKEN',
    /the secret of TSIG key thief\.example\. cannot be read .*altered/,
  )
  await assert.rejects(keys().revealTSIGKey({ name: 'thief.example' }), broken)
  database.prepare("update secrets set sealed = ? where name = 'thief.example.'").run(new Uint8Array([9]))
  await assert.rejects(keys().revealTSIGKey({ name: 'thief.example' }), broken)
  database.close()
  await keys().deleteTSIGKey({ name: 'thief.example' })
})
