import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { createRpcClient } from '@zonecast/rpc'
import { afterAll, beforeAll, test } from 'vitest'
import { given, openTestSealed, refusal, type TestSealed } from './test-sealed.ts'

let on: TestSealed
beforeAll(async () => {
  on = await openTestSealed()
})
afterAll(() => on.close())

async function clientOf(role: string) {
  const access = on.server.client(AccessService)
  await access.createPrincipal({ name: role, kind: PrincipalKind.SERVICE, grants: [{ role, zones: '*', apex: true }] })
  const { token } = await access.createCredential({ principal: role, secret: { case: 'token', value: {} } })
  return createRpcClient(TransferService, on.server.transport(token))
}

test('a secret is as long as its algorithm’s MAC, and comes out of one method alone', async () => {
  for (const [algorithm, octets] of [
    ['', 32],
    ['hmac-sha224', 28],
    ['HMAC-SHA512.', 64],
  ] as const) {
    const name = `made-${octets}.example`
    const { key, warnings } = await on.keys().createTSIGKey({ name, algorithm })
    assert.deepEqual([key?.name, key?.secretOctets, key?.sealKey, warnings], [`${name}.`, octets, on.sealKey.id, []])
    const { secret, key: revealed } = await on.keys().revealTSIGKey({ name: name.toUpperCase() })
    assert.equal(Buffer.from(secret, 'base64').length, octets)
    assert.deepEqual(revealed, key)
    assert.deepEqual((await on.keys().getTSIGKey({ name })).key, key)
  }
  const all = await on.keys().listTSIGKeys({})
  assert.equal(new Set(all.keys.map(({ name }) => name)).size, 3)
})

test('a secret that the other side has already is kept as it is; upper and lower case are one name', async () => {
  await on.keys().createTSIGKey({ name: 'Customer.Example.', secret: given })
  assert.equal((await on.keys().revealTSIGKey({ name: 'customer.example' })).secret, given)
  const again = on.keys().createTSIGKey({ name: 'cUSTOMER.example' })
  await assert.rejects(
    again,
    refusal(Code.AlreadyExists, '', /^the TSIG key customer\.example\. exists already; choose another name, or delete it first$/),
  )
})

test('what is allowed and unwise is warned of', async () => {
  const { warnings } = await on.keys().createTSIGKey({ name: 'old.example', algorithm: 'hmac-sha1', secret: 'MDEyMzQ1Njc4' })
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
    await assert.rejects(on.keys().createTSIGKey({ name: 'x.example', ...request }), refusal(Code.InvalidArgument, reason, says))
  })

test('a repetition is answered as before, and one with another secret is refused', async () => {
  const request = { name: 'again.example', secret: given, requestId: 'again' }
  const { key } = await on.keys().createTSIGKey(request)
  assert.deepEqual((await on.keys().createTSIGKey(request)).key, key)
  for (const secret of [Buffer.from(given, 'base64').fill(7).toString('base64'), ''])
    await assert.rejects(
      on.keys().createTSIGKey({ ...request, secret }),
      refusal(Code.FailedPrecondition, 'REQUEST_ID_REUSED', /again/),
    )
  await on.keys().deleteTSIGKey({ name: 'again.example' })
  await assert.rejects(
    on.keys().revealTSIGKey({ name: 'again.example' }),
    refusal(Code.NotFound, '', /no TSIG key again\.example\./),
  )
})

test('keys are listed in canonical order, page by page', async () => {
  for (const name of ['b.list.example', 'list.example', 'a.list.example']) await on.keys().createTSIGKey({ name })
  const seen: string[] = []
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const page = await on.keys().listTSIGKeys({ pageSize: 2, pageToken })
    seen.push(...page.keys.map(({ name }) => name))
    pageToken = page.nextPageToken
  }
  const listed = seen.filter((name) => name.endsWith('list.example.'))
  assert.deepEqual(listed, ['list.example.', 'a.list.example.', 'b.list.example.'])
  for (const pageToken of ['AAAA', Buffer.from('ta..b').toString('base64url')])
    await assert.rejects(on.keys().listTSIGKeys({ pageToken }), refusal(Code.InvalidArgument, 'PAGE_TOKEN_INVALID', /./))
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
  const { secret: made } = await on.keys().revealTSIGKey({ name: 'made-32.example' })
  await on.keys().createTSIGKey({ name: 'gone.example', secret: given, requestId: 'gone' })
  await on.keys().deleteTSIGKey({ name: 'gone.example' })
  const files = readdirSync(on.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const octets = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)))
  assert.ok(files.some(({ name }) => name.endsWith('-wal')))
  // The search finds what is there.
  assert.ok(octets.some((each) => each.includes('customer.example.')))
  for (const secret of [made, given, on.sealKey.key.export().toString('base64')]) {
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
