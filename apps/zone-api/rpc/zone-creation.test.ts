/** Who may make zones, inside and around those of others, and who owns them then. */
import { Code } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { nameServers, openTestAccess, put, reasonOf, refusal, type TestAccess } from './test-access.ts'

let on: TestAccess
beforeAll(async () => {
  on = await openTestAccess()
})
afterAll(() => on.server.close())

test('a zone that was deleted does not come back inside or around those that others have made meanwhile', async () => {
  const cleo = await on.person('cleo', { role: 'zone-owner', zones: 'cleo.example.' })
  const dan = await on.person('dan', { role: 'zone-owner', zones: 'dan.cleo.example.' })
  const undelete = (token: string, gone: string) => on.as(token, HistoryService).undeleteZone({ zone: gone })
  await on.as(cleo, ZoneService).createZone({ zone: 'cleo.example.', nameServers })
  await on.as(cleo, ZoneService).deleteZone({ zone: 'cleo.example.' })
  await on.as(dan, ZoneService).createZone({ zone: 'dan.cleo.example.', nameServers })
  assert.equal(await reasonOf(undelete(cleo, 'cleo.example.')), 'ZONE_OF_OTHERS')
  await on.as(dan, ZoneService).deleteZone({ zone: 'dan.cleo.example.' })
  await undelete(cleo, 'cleo.example.')
  assert.equal(await reasonOf(undelete(dan, 'dan.cleo.example.')), 'ZONE_OF_OTHERS')
})

test('an import that was let in does not end inside a zone that somebody else has made meanwhile', async () => {
  const finn = on.as(await on.person('finn', { role: 'zone-owner', zones: 'x.finn.example.' }), ZoneService)
  async function* data() {
    yield { part: { case: 'header' as const, value: { zone: 'x.finn.example.' } } }
    const text = '@ 60 SOA ns.example.net. h. 1 3600 600 86400 300\n@ 60 NS ns.example.net.\n'
    yield { part: { case: 'data' as const, value: new TextEncoder().encode(text) } }
    await on.server.client(ZoneService).createZone({ zone: 'finn.example.', nameServers })
  }
  assert.equal(await reasonOf(finn.importZone(data())), 'ZONE_OF_OTHERS')
  assert.equal((await refusal(finn.getZone({ zone: 'x.finn.example.' }))).code, Code.NotFound)
})

test('who may not make a zone is not told of the one that would enclose it', async () => {
  const ella = on.as(await on.person('ella', { role: 'zone-owner', zones: 'ella.example.' }), ZoneService)
  await on.server.client(ZoneService).createZone({ zone: 'hidden.example.', nameServers })
  const [there, absent] = await Promise.all(
    ['x.hidden.example.', 'x.absent.example.'].map((wanted) => refusal(ella.createZone({ zone: wanted, nameServers }))),
  )
  assert.equal(there!.message.replace('hidden', 'absent'), absent!.message)
})

test('who makes a zone owns it; making one inside or around those of others takes a grant there', async () => {
  const token = await on.person('anna', { role: 'zone-owner', zones: '*.anna.example.' })
  const zones = on.as(token, ZoneService)
  const made = await zones.createZone({ zone: 'x.anna.example.', nameServers })
  assert.deepEqual(made.zone?.owners, ['anna'])
  await zones.createZone({ zone: 'sub.x.anna.example.', nameServers })
  await on.as(token, RecordService).applyChanges({ zone: 'x.anna.example.', changes: [put('@', 'NS', 'ns2.example.net.')] })
  assert.equal(await reasonOf(zones.createZone({ zone: 'free.example.', nameServers })), 'PERMISSION_MISSING')

  const bea = on.as(await on.person('bea', { role: 'zone-owner', zones: '*.example.' }), ZoneService)
  await on.access.removeGrant({ id: (await on.access.getPrincipal({ name: 'bea' })).account!.grants[0]!.id })
  await on.access.addGrant({ principal: 'bea', grant: { role: 'zone-owner', zones: '*.sub.x.anna.example.' } })
  const inside = bea.createZone({ zone: 'b.sub.x.anna.example.', nameServers })
  assert.equal(await reasonOf(inside), 'ZONE_OF_OTHERS')
  await on.access.addGrant({ principal: 'bea', grant: { role: 'zone-owner', zones: 'anna.example.' } })
  const around = await refusal(bea.createZone({ zone: 'anna.example.', nameServers }))
  assert.match(around.message, /around (sub\.)?x\.anna\.example\./)
  await on.server.client(ZoneService).createZone({ zone: 'anna.example.', nameServers })

  async function* data() {
    yield { part: { case: 'header' as const, value: { zone: 'new.anna.example.' } } }
    const text = '@ 60 SOA ns.example.net. h. 1 3600 600 86400 300\n@ 60 NS ns.example.net.\n'
    yield { part: { case: 'data' as const, value: new TextEncoder().encode(text) } }
  }
  assert.equal(await reasonOf(zones.importZone(data())), 'ZONE_OF_OTHERS')
  await on.access.addGrant({ principal: 'bea', grant: { role: 'zone-owner', zones: 'new.anna.example.' } })
  const { outcomes } = await bea.importZone(data())
  assert.equal(outcomes[0]?.code, 0)
  assert.deepEqual((await bea.getZone({ zone: 'new.anna.example.' })).zone?.owners, ['bea'])

  await zones.setZoneOwners({ zone: 'x.anna.example.', owners: ['bea'] })
  await bea.deleteZone({ zone: 'x.anna.example.' })
})

test('what is asked about a zone that is to be made takes those around it into account', async () => {
  const token = await on.person(
    'nora',
    { role: 'zone-owner', zones: 'b.team.example' },
    { role: 'zone-owner', zones: 'x.team.example' },
  )
  const ask = async (name: string) => {
    const { allowed, detail } = await on.as(token, AccessService).explainAccess({ permission: 'zone.create', zone: name })
    return `${allowed ? 'yes' : 'no'} ${detail}`.trim()
  }
  assert.equal(await ask('new.b.team.example.'), 'yes')
  assert.equal(await ask('x.team.example.'), 'no x.team.example. would lie inside team.example., where nora has no zone.create')
  // Who may make neither is not told that there is one.
  assert.equal(await ask('y.team.example.'), 'no')
  const { allowed } = await on.access.explainAccess({ permission: 'zone.create', zone: 'x.team.example.' })
  assert.ok(allowed)
})
