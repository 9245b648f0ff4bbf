/** What everybody may do about themselves: see quotas, change the password, list and revoke credentials. */
import { type Client, Code } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { CredentialKind } from '@zonecast/contract/generated/zonecast/access/v1/credential_pb'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { QuotaService } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { AuditService, EventKind } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, reasonsOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { refusal } from './test-access.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const [currentPassword, newPassword] = ['correct horse battery', 'another long secret']
let server: TestServer
let access: Client<typeof AccessService>
beforeAll(async () => {
  server = await startTestServer()
  access = server.client(AccessService)
})
afterAll(() => server.close())

async function somebody(name: string, kind: PrincipalKind = PrincipalKind.PERSON) {
  const grants = kind === PrincipalKind.PERSON ? [{ role: 'zone-owner', zones: 'a.example' }] : []
  await access.createPrincipal({ name, kind, grants })
  const { token, credential } = await access.createCredential({ principal: name, secret: { case: 'token', value: {} } })
  const transport = server.transport(token)
  return {
    id: credential!.id,
    token,
    own: createRpcClient(AccessService, transport),
    zones: createRpcClient(ZoneService, transport),
  }
}

const addPassword = async (principal: string, value: string) =>
  (await access.createCredential({ principal, secret: { case: 'password', value } })).credential!

/** Method, reason and fault of what the audit log has of one that was denied. */
async function denials(principal: string): Promise<string[]> {
  const { events } = await server.client(AuditService).listEvents({ principal, kind: EventKind.DENIAL })
  return events.flatMap(({ method, what }) =>
    what.case === 'denial' ? [`${method} ${what.value.reason} ${what.value.fault}`] : [],
  )
}

test('a person changes a password that it knows, and those it had end', async () => {
  const { own } = await somebody('anna')
  const old = await addPassword('anna', currentPassword)
  const other = await addPassword('anna', 'a third long secret')
  const wrong = await refusal(own.changeOwnPassword({ currentPassword: newPassword, newPassword: 'a fourth long secret' }))
  assert.deepEqual([wrong.code, reasonsOf(wrong)], [Code.PermissionDenied, ['CREDENTIAL_INVALID']])
  const same = await refusal(own.changeOwnPassword({ currentPassword, newPassword: currentPassword }))
  assert.equal(same.code, Code.InvalidArgument)
  const { credential } = await own.changeOwnPassword({ currentPassword, newPassword, reason: 'it was seen' })
  const { database } = server.api
  const inForce = (await database.findPasswords('anna'))!.passwords.map(({ credentialId }) => credentialId)
  assert.deepEqual(inForce, [credential!.id])
  assert.ok(![old.id, other.id].includes(credential!.id))
  const again = await refusal(own.changeOwnPassword({ currentPassword, newPassword: 'a fourth long secret' }))
  assert.equal(again.code, Code.PermissionDenied)
  const { events } = await server.client(AuditService).listEvents({ method: 'RotateCredential', principal: 'anna' })
  const told = JSON.stringify([events, server.lines], (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
  assert.ok(told.includes('it was seen'))
  for (const secret of [currentPassword, newPassword, '$argon2']) assert.ok(!told.includes(secret), secret)
})

test('a principal of the bootstrap file has no password to change', async () => {
  const refused = await refusal(access.changeOwnPassword({ currentPassword, newPassword }))
  assert.deepEqual([refused.code, reasonsOf(refused)], [Code.FailedPrecondition, ['PRINCIPAL_BOOTSTRAP']])
})

test('a new password ends when the one before would have', async () => {
  const { own } = await somebody('bea')
  const expiresAt = { seconds: BigInt(Math.floor(Date.now() / 1000) + 3600), nanos: 0 }
  await access.createCredential({ principal: 'bea', secret: { case: 'password', value: currentPassword }, expiresAt })
  const { credential } = await own.changeOwnPassword({ currentPassword, newPassword })
  assert.equal(credential?.expiresAt?.seconds, expiresAt.seconds)
})

test('guesses at the own password are slowed as others are', async () => {
  const { token } = await somebody('carl')
  // Who guesses does not wait as it is told to.
  const own = createRpcClient(AccessService, server.transport(token, { maxAttempts: 1 }))
  await addPassword('carl', currentPassword)
  const guess = async (i: number) => (await refusal(own.changeOwnPassword({ currentPassword: `guess ${i}`, newPassword }))).code
  const codes = [...new Set(await Promise.all(Array.from({ length: 8 }, (_, i) => guess(i))))]
  // Four of an address are looked at at once; others come back.
  for (let i = 8; !codes.includes(Code.ResourceExhausted) && i < 20; i++) codes.push(await guess(i))
  assert.ok(codes.includes(Code.ResourceExhausted), codes.map((code) => Code[code]).join())
  const told = await denials('carl')
  assert.deepEqual([...new Set(told)].toSorted(), [
    'ChangeOwnPassword CREDENTIAL_INVALID a wrong password',
    'ChangeOwnPassword TOO_MANY_ATTEMPTS too many wrong passwords',
  ])
})

test('a guess of whoever has only the token stands in the audit log, also where there is no password', async () => {
  const { own } = await somebody('cleo')
  await refusal(own.changeOwnPassword({ currentPassword, newPassword }))
  assert.deepEqual(await denials('cleo'), ['ChangeOwnPassword CREDENTIAL_INVALID a password, where none is in force'])
})

test('own credentials are listed and revoked, those of others are unknown', async () => {
  const [dora, emil] = [await somebody('dora'), await somebody('emil')]
  const password = await addPassword('dora', currentPassword)
  const { credentials } = await dora.own.listOwnCredentials({})
  assert.deepEqual(
    credentials.map(({ kind, principal }) => [kind, principal]),
    [
      [CredentialKind.TOKEN, 'dora'],
      [CredentialKind.PASSWORD, 'dora'],
    ],
  )
  for (const id of [emil.id, 'crd_none']) assert.equal((await refusal(dora.own.revokeOwnCredential({ id }))).code, Code.NotFound)
  const { credential } = await dora.own.revokeOwnCredential({ id: password.id })
  assert.ok(credential?.revokedAt)
  await dora.own.revokeOwnCredential({ id: dora.id })
  assert.equal((await refusal(dora.own.whoAmI({}))).code, Code.Unauthenticated)
  await emil.own.whoAmI({})
})

test('a program revokes none: whoever stole one of its credentials would have it alone', async () => {
  const { own, id } = await somebody('edge-9', PrincipalKind.EDGE)
  const { credentials } = await own.listOwnCredentials({})
  assert.deepEqual(
    credentials.map((each) => each.id),
    [id],
  )
  const refused = await refusal(own.revokeOwnCredential({ id }))
  assert.equal(refused.code, Code.PermissionDenied)
  assert.match(refused.rawMessage, /revoke none of their own credentials/)
})

test('who am I tells of quotas and of what is used', async () => {
  const { own, zones } = await somebody('flo')
  const unbounded = await own.whoAmI({})
  assert.ok(unbounded.quotas === undefined && unbounded.changesNow === undefined)
  await server.client(QuotaService).setQuotas({ principal: 'flo', quotas: { zones: 3, changesPerMinute: 1, burst: 5 } })
  assert.equal((await own.whoAmI({})).changesNow, 5)
  await zones.createZone({ zone: 'a.example', nameServers: ['ns.example.net.'] })
  const { quotas, zonesMade, changesNow } = await own.whoAmI({})
  assert.deepEqual([quotas?.zones, quotas?.burst, zonesMade], [3, 5, 1])
  assert.ok(changesNow === 4 || changesNow === 5, `${changesNow}`)
})
