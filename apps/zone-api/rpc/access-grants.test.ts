/** Grants that are refused when they are given, and quotas of principals. */
import { Code } from '@connectrpc/connect'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { QuotaService } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { errorReport, reasonsOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { openTestAccess, reasonOf, refusal, zone, type TestAccess } from './test-access.ts'

let on: TestAccess
beforeAll(async () => {
  on = await openTestAccess()
  await on.person('acme')
})
afterAll(() => on.server.close())

for (const { name, grant, says } of [
  {
    name: 'a permission of no zone for some',
    grant: { permissions: ['record.read', 'access.write'], zones: zone },
    says: /grant\.permissions.*access\.write concerns no zone.*not example\.org\./s,
  },
  {
    name: 'a permission for whole zones without the apex',
    grant: { permissions: ['zone.delete'], zones: zone },
    says: /zone\.delete is about zones as wholes.*include the apex/,
  },
  {
    name: 'the SOA of the apex without it',
    grant: { role: 'editor', zones: zone, names: '@', types: ['SOA'] },
    says: undefined,
  },
  {
    name: 'the NS of the apex without it, by a permission',
    grant: { permissions: ['record.write'], zones: zone, names: '@', types: ['NS', 'SOA'] },
    says: /SOA and NS of the apex alone/,
  },
  {
    name: 'the SOA of every name without the apex',
    grant: { permissions: ['record.write'], zones: zone, types: ['SOA'] },
    says: /SOA and NS of the apex alone/,
  },
  {
    name: 'the SOA below the apex',
    grant: { permissions: ['record.write'], zones: zone, names: 'www', types: ['SOA'] },
    says: /record\.write would be for the SOA alone, which stands at the apex/,
  },
  {
    name: 'the SOA below the apex, with the apex',
    grant: { permissions: ['record.write'], zones: zone, names: '*.www', types: ['SOA'], apex: true },
    says: /record\.write would be for the SOA alone/,
  },
  {
    name: 'SOA and NS below the apex, of which NS is something',
    grant: { permissions: ['record.write'], zones: zone, names: '*.dev', types: ['SOA', 'NS'] },
    says: undefined,
  },
  {
    name: 'a permission of no zone for some names',
    grant: { permissions: ['tsig.reveal'], zones: '*', names: 'www' },
    says: /tsig\.reveal concerns no zone, and is given by a grant over all names/,
  },
  { name: 'a role of which nothing is given', grant: { role: 'edge', zones: zone }, says: /nothing of the role edge/ },
])
  test(`a grant that can give nothing: ${name}`, async () => {
    const call = on.access.addGrant({ principal: 'acme', grant })
    // Editors read, too, and delegations have NS.
    if (!says) return void (await call)
    const refused = await refusal(call)
    assert.deepEqual([refused.code, reasonsOf(refused)], [Code.InvalidArgument, ['GRANT_INVALID']])
    assert.match(JSON.stringify(errorReport(refused).violations), says)
  })

for (const { name, grant } of [
  { name: 'a pattern that is none', grant: { role: 'editor', zones: '*', names: 'w*' } },
  { name: 'a zone pattern that is none', grant: { role: 'editor', zones: 'a.*' } },
  { name: 'a role that is none', grant: { role: 'boss', zones: '*' } },
  { name: 'a permission that is none', grant: { permissions: ['zone.reed'], zones: '*' } },
  { name: 'neither a role nor permissions', grant: { zones: '*' } },
  { name: 'both', grant: { role: 'viewer', permissions: ['zone.read'], zones: '*' } },
  { name: 'a type that is none', grant: { role: 'editor', zones: '*', types: ['NOPE'] } },
])
  test(`a grant is refused: ${name}`, async () => {
    assert.equal(await reasonOf(on.access.addGrant({ principal: 'acme', grant })), 'GRANT_INVALID')
  })

test('quotas are set for principals that there are, and go with them', async () => {
  const quotas = on.server.client(QuotaService)
  const refusedFor = async (principal: string) => {
    const calls = [quotas.getQuotas({ principal }), quotas.setQuotas({ principal }), quotas.setQuotas({ principal, quotas: {} })]
    return Promise.all(calls.map(async (call) => (await refusal(call)).message))
  }
  const unknown = (principal: string) => Array.from({ length: 3 }, () => `[not_found] there is no principal ${principal}`)
  assert.deepEqual(await refusedFor('nobody'), unknown('nobody'))
  await on.access.createPrincipal({ name: 'quentin', kind: PrincipalKind.PERSON })
  await quotas.setQuotas({ principal: 'quentin', quotas: { zones: 1 } })
  await on.access.deletePrincipal({ name: 'quentin' })
  assert.deepEqual(await refusedFor('quentin'), unknown('quentin'))
})

test('quotas of a principal that the bootstrap file has no more are seen and cleared', async () => {
  const quotas = on.server.client(QuotaService)
  const write = { principal: 'admin', requestId: '', reason: '', traceparent: '', bodyHash: new Uint8Array() }
  await on.server.api.database.setQuotas({ ...write, of: 'gone', limits: { zones: 3 } })
  assert.equal((await quotas.getQuotas({ principal: 'gone' })).own?.zones, 3)
  await quotas.setQuotas({ principal: 'gone' })
  assert.equal((await refusal(quotas.getQuotas({ principal: 'gone' }))).code, Code.NotFound)
})
