import assert from 'node:assert/strict'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { TemplateService } from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import { ZoneDefaultsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { BadRequestSchema } from '@zonecast/rpc'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'
import { overlaid, serverDefaults } from './zone-defaults.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const defaults = {
  soa: { mname: 'hidden.dns.example.', rname: 'dns.example.net.', refreshSeconds: 7200, minimumSeconds: 60 },
  nameServers: ['ns1.dns.example.', 'ns2.dns.example.'],
  settings: { defaultTtl: 600, minTtl: 30 },
}

async function valuesOf(zone: string, type: string): Promise<{ values: string[]; ttl: number | undefined }> {
  const { rrset } = await server.client(RecordService).getRRset({ zone, name: '@', type })
  return { values: rrset!.values, ttl: rrset!.ttl }
}

test('a zone takes from its template what its maker leaves open, and what becomes of the template later changes nothing', async () => {
  const templates = server.client(TemplateService)
  const zones = server.client(ZoneService)
  await templates.createTemplate({ name: 'web', description: 'for the web', defaults })
  await zones.createZone({ zone: 'a.example', template: 'web' })
  await zones.createZone({ zone: 'b.example', template: 'web', nameServers: ['ns.b.example.net.'], soa: { refreshSeconds: 60 } })
  await templates.updateTemplate({ name: 'web', defaults: { nameServers: ['ns9.dns.example.'] } })
  const soa = 'hidden.dns.example. dns.example.net. 1 7200 3600 1209600 60'
  assert.deepEqual(await valuesOf('a.example', 'SOA'), { values: [soa], ttl: 600 })
  assert.deepEqual(await valuesOf('a.example', 'NS'), { values: ['ns1.dns.example.', 'ns2.dns.example.'], ttl: 600 })
  assert.deepEqual((await valuesOf('b.example', 'SOA')).values, [soa.replace('7200', '60')])
  assert.deepEqual((await valuesOf('b.example', 'NS')).values, ['ns.b.example.net.'])
  assert.equal((await zones.getZone({ zone: 'a.example' })).zone?.settings?.minTtl, 30)
})

test('a template that is not there, or that no zone could be made with, is refused', async () => {
  const templates = server.client(TemplateService)
  const refusedWith = (code: Code, text: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ConnectError)
    assert.equal(error.code, code)
    assert.match(error.message, text)
    return true
  }
  const zones = server.client(ZoneService)
  await assert.rejects(zones.createZone({ zone: 'c.example', template: 'nope' }), refusedWith(Code.NotFound, /nope/))
  await assert.rejects(zones.createZone({ zone: 'c.example' }), refusedWith(Code.InvalidArgument, /no name server is named/))
  for (const [wrong, text] of [
    [{ soa: { expireSeconds: 60 } }, /expire, 60, is below refresh and retry/],
    [{ nameServers: ['a..b'], settings: { minTtl: 600, maxTtl: 60 } }, /a\.\.b.*\(and 1 more\)/],
    [{ nameServers: ['192.0.2.1'] }, /is an address/],
    [{ soa: { rname: 'dns@example.net.' } }, /write dns\.example\.net\./],
    [{ settings: { minTtl: 600, maxTtl: 60 } }, /lowest TTL/],
    [{ settings: { disabled: true } }, /disabled/],
  ] as [MessageInitShape<typeof ZoneDefaultsSchema>, RegExp][])
    await assert.rejects(templates.createTemplate({ name: 'bad', defaults: wrong }), refusedWith(Code.InvalidArgument, text))
})

for (const { what, call, field, says } of [
  {
    what: 'the name of a template',
    call: () => server.client(TemplateService).createTemplate({ name: 'Web' }),
    field: 'name',
    says: /^name must be lower-case letters, digits and hyphens, without a hyphen at either end$/,
  },
  {
    what: 'a placement',
    call: () => server.client(ZoneService).createZone({ zone: 'p.example', settings: { placement: '-eu' } }),
    field: 'settings.placement',
    says: /^settings\.placement must be lower-case letters, digits and hyphens/,
  },
  {
    what: 'a tag',
    call: () =>
      server.client(RecordService).applyChanges({
        zone: 'a.example',
        changes: [{ operation: { case: 'note', value: { name: 'www', type: 'A', setTags: { 'a b': '' } } } }],
      }),
    field: 'changes[0].note.set_tags["a b"]',
    says: /must be lower-case letters and digits, and between them also dots, underscores, slashes and hyphens$/,
  },
])
  test(`what ${what} may be made of is said in words`, async () => {
    await assert.rejects(call(), (error: ConnectError) => {
      assert.equal(error.code, Code.InvalidArgument)
      assert.match(error.rawMessage, says)
      assert.equal(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field, field)
      return true
    })
  })

test('templates are the administrator’s alone', async () => {
  for (const who of ['publisher', 'edge'] as const)
    await assert.rejects(server.client(TemplateService, who).listTemplates({}), (error: ConnectError) => {
      assert.equal(error.code, Code.PermissionDenied)
      return true
    })
})

test('what is said goes before the template, the template before the server, the server before what is built in', () => {
  const configured = serverDefaults({ soa: { refreshSeconds: 1, retrySeconds: 2 }, nameServers: ['ns.example.'] })
  const template = overlaid(create(ZoneDefaultsSchema, { soa: { refreshSeconds: 3 } }), configured)
  assert.deepEqual(
    [template.soa?.refreshSeconds, template.soa?.retrySeconds, template.nameServers, template.soa?.minimumSeconds],
    [3, 2, ['ns.example.'], 300],
  )
})
