/** The rules of `docs/reference/errors.md`, each as whoever breaks it sees it. */
import assert from 'node:assert/strict'
import { Code, ConnectError } from '@connectrpc/connect'

import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { PreconditionFailureSchema } from '@zonecast/rpc'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

const zone = 'rules.example'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const zones = server.client(ZoneService)
  await zones.createZone({ zone, nameServers: ['ns1.dns.example.'], settings: { minTtl: 60, maxTtl: 86_400 } })
  await put('mail', 'CNAME', ['host.example.net.'])
})
afterAll(() => server.close())

const apply = (operation: object, force = false) =>
  server.client(RecordService).applyChanges({ zone, changes: [{ operation } as never], force })
const put = (name: string, type: string, values: string[], ttl = 300) =>
  apply({ case: 'put', value: { name, type, values, ttl } })
const addresses = Array.from({ length: 101 }, (_, i) => `192.0.2.${i}`)

for (const { reason, name, type, values } of [
  { reason: 'TARGET_IS_ALIAS', name: '@', type: 'MX', values: ['10 mail'] },
  { reason: 'TARGET_IS_ALIAS', name: 'below', type: 'NS', values: ['mail'] },
  { reason: 'TARGET_IS_ALIAS', name: '_sip._tcp', type: 'SRV', values: ['0 0 5060 mail'] },
  { reason: 'LARGE_RRSET', name: 'pool', type: 'A', values: addresses },
  { reason: 'GLUE_MISSING', name: 'sub', type: 'NS', values: ['ns.sub'] },
  { reason: 'GLUE_MISSING', name: '@', type: 'NS', values: ['ns9'] },
  { reason: 'OCCLUDED', name: 'www.sub', type: 'TXT', values: ['x'] },
  { reason: 'OCCLUDED', name: 'host.sub', type: 'A', values: ['192.0.2.1'] },
  { reason: 'CNAME_LOOP', name: '*.dev', type: 'CNAME', values: ['www.dev'] },
  { reason: 'TARGET_MISSING', name: 'office', type: 'MX', values: ['10 nobody'] },
  { reason: 'SOA_TIMER_ODD', name: '@', type: 'SOA', values: ['ns1.dns.example. who.example. 1 7200 3600 3600 300'] },
  { reason: 'SOA_MAILBOX_ODD', name: '@', type: 'SOA', values: ['ns1.dns.example. who@example. 1 7200 3600 1209600 300'] },
  { reason: 'TARGET_MISSING', name: 'svc', type: 'HTTPS', values: ['1 . alpn=h2'] },
  { reason: 'CNAME_TARGET_MISSING', name: 'old', type: 'CNAME', values: ['nowhere'] },
  { reason: 'WILDCARD_ODD', name: 'a*', type: 'A', values: ['192.0.2.1'] },
  { reason: 'WILDCARD_ODD', name: '*.w', type: 'NS', values: ['ns.example.net.'] },
  { reason: 'UNDERSCORE_ODD', name: 'my_host', type: 'A', values: ['192.0.2.1'] },
  { reason: 'UNDERSCORE_ODD', name: 'sip', type: 'SRV', values: ['0 0 5060 host.example.net.'] },
])
  test(`a change is taken and warned of: ${name} ${type} ${values[0]} is ${reason}`, async () => {
    const { warnings, changeId } = await put(name, type, values)
    assert.notEqual(changeId, '')
    assert.ok(
      warnings.some((warning) => warning.reason === reason),
      JSON.stringify(warnings.map((warning) => warning.reason)),
    )
  })

for (const { reason, operation, code } of [
  { reason: 'APEX_NS_MISSING', operation: { case: 'delete', value: { name: '@', type: 'NS' } }, code: Code.FailedPrecondition },
  { reason: 'SOA_RULE', operation: { case: 'delete', value: { name: '@', type: 'SOA' } }, code: Code.FailedPrecondition },
  {
    reason: 'CNAME_CONFLICT',
    operation: { case: 'put', value: { name: 'mail', type: 'A', values: ['192.0.2.1'], ttl: 300 } },
    code: Code.FailedPrecondition,
  },
  {
    reason: 'TTL_INVALID',
    operation: { case: 'put', value: { name: 'ttl', type: 'A', values: ['192.0.2.1'], ttl: 30 } },
    code: Code.InvalidArgument,
  },
  {
    reason: 'TTL_INVALID',
    operation: { case: 'put', value: { name: 'ttl', type: 'A', values: ['192.0.2.1'], ttl: 86_401 } },
    code: Code.InvalidArgument,
  },
])
  test(`a change is refused even by force: ${operation.case} of ${operation.value.name} ${operation.value.type} is ${reason}`, async () => {
    await assert.rejects(apply(operation, true), (error: ConnectError) => {
      assert.equal(error.code, code)
      const found = error.findDetails(PreconditionFailureSchema).flatMap(({ violations }) => violations.map(({ type }) => type))
      if (code === Code.FailedPrecondition) assert.deepEqual(found, [reason])
      return true
    })
  })

test('of a SOA that is put all is taken but the serial, which goes on', async () => {
  const before = (await server.client(ZoneService).getZone({ zone })).zone!.state!.serial
  await put('@', 'SOA', ['ns9.dns.example. who.example. 4711 7201 3601 1209601 301'])
  const { rrset } = await server.client(RecordService).getRRset({ zone, name: '@', type: 'SOA' })
  assert.deepEqual(rrset?.values, [`ns9.dns.example. who.example. ${before + 1} 7201 3601 1209601 301`])
})

test('a zone inside another one is made, and its maker told', async () => {
  const { warnings } = await server.client(ZoneService).createZone({ zone: `eu.${zone}`, nameServers: ['ns1.dns.example.'] })
  assert.deepEqual(
    warnings.map(({ reason }) => reason),
    ['ZONE_NESTED'],
  )
})
