/** Change sets through real connections: everything that is wrong at once, and changes over several zones. */
import { Code, ConnectError } from '@connectrpc/connect'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { BadRequestSchema, PreconditionFailureSchema, reasonsOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

let zones = 0
async function newZone(): Promise<string> {
  const zone = `set${++zones}.example.`
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'] })
  return zone
}

const put = (name: string, type: string, ...values: string[]) => ({
  operation: { case: 'put' as const, value: { name, type, ttl: 60, values } },
})
const remove = (name: string, type: string) => ({ operation: { case: 'delete' as const, value: { name, type } } })

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => assert.fail('it was taken'),
    (error: unknown) => ConnectError.from(error),
  )
}

test('everything that is wrong with a batch is told at once, with field and rule: form, preconditions, zone', async () => {
  const zone = await newZone()
  const error = await errorOf(
    server.client(RecordService).applyChanges({
      zone,
      changes: [put('a', 'A', '192.0.2.256'), put('b', 'CNAME', 'x'), put('b', 'A', '192.0.2.1'), remove('@', 'NS')],
      precondition: { rrsetsAbsent: [{ name: '@', type: 'NS' }] },
    }),
  )
  assert.equal(error.code, Code.InvalidArgument)
  const [bad] = error.findDetails(BadRequestSchema)
  assert.deepEqual(
    bad!.fieldViolations.map(({ field, reason }) => `${field} ${reason}`),
    [
      'changes[0].put.values[0] RDATA_INVALID',
      'precondition.rrsets_absent[0] RRSET_EXISTS',
      'changes[2].put CNAME_CONFLICT',
      'changes[3].delete APEX_NS_MISSING',
    ],
  )
  assert.ok(bad!.fieldViolations.slice(1).every(({ description }) => /\(RFC \d+ §/.test(description)))
})

test('where only the zone refuses, the fields of the request stand beside the preconditions', async () => {
  const zone = await newZone()
  const changes = [put('ok', 'A', '192.0.2.1'), put('@', 'CNAME', 'x')]
  const error = await errorOf(server.client(RecordService).applyChanges({ zone, changes }))
  assert.equal(error.code, Code.FailedPrecondition)
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  const unmet = error.findDetails(PreconditionFailureSchema).flatMap(({ violations }) => violations)
  assert.deepEqual(
    fields.map(({ field, reason }) => [field, reason]),
    [['changes[1].put', 'CNAME_CONFLICT']],
  )
  assert.deepEqual(reasonsOf(error), ['CNAME_CONFLICT'])
  assert.equal(unmet[0]!.subject, zone)
})

test('an address and its PTR are one change, which is read and watched as one', async () => {
  const [forward, reverse] = [await newZone(), await newZone()]
  const records = server.client(RecordService)
  const request = {
    sets: [
      { zone: forward, changes: [put('www', 'A', '192.0.2.7')] },
      {
        zone: reverse,
        changes: [put('7', 'PTR', `www.${forward}`)],
        precondition: { rrsetsAbsent: [{ name: '7', type: 'PTR' }] },
      },
    ],
    requestId: 'a-and-ptr',
  }
  const dry = await records.applyChangeSets({ ...request, dryRun: true })
  assert.deepEqual(
    [dry.changeId, dry.plan.map(({ added, text }) => `${added} ${text.split(/\s+/)[0]}`)],
    ['', [`true www.${forward}`, `true 7.${reverse}`]],
  )
  const made = await records.applyChangeSets(request)
  assert.deepEqual(
    made.effects.map(({ zone, added }) => [zone, added]),
    [
      [forward, 1n],
      [reverse, 1n],
    ],
  )
  await server.restart()
  const again = await server.client(RecordService).applyChangeSets(request)
  assert.deepEqual(again, made)
  const { change } = await server.client(ChangeService).getChange({ changeId: made.changeId })
  assert.deepEqual(change!.effects.map(({ zone }) => zone).toSorted(), [forward, reverse].toSorted())
  const error = await errorOf(server.client(RecordService).applyChangeSets({ ...request, requestId: 'again' }))
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  assert.deepEqual(
    fields.map(({ field, reason }) => [field, reason]),
    [['sets[1].precondition.rrsets_absent[0]', 'RRSET_EXISTS']],
  )
})

test('zones of a change over several that are none or stand twice are told at once, with steps that cannot be read', async () => {
  const [one, other] = [await newZone(), await newZone()]
  const error = await errorOf(
    server.client(RecordService).applyChangeSets({
      sets: [
        { zone: one, changes: [put('a', 'A', '192.0.2.256')] },
        { zone: 'a..b', changes: [remove('a', 'A')] },
        { zone: one.toUpperCase(), changes: [remove('a', 'NOPE')] },
        { zone: other, changes: [put('b', 'A', '192.0.2.1')] },
      ],
    }),
  )
  assert.equal(error.code, Code.InvalidArgument)
  const told = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  assert.deepEqual(
    told.map(({ field, reason }) => `${field} ${reason}`),
    [
      'sets[1].zone NAME_INVALID',
      'sets[2].zone CHANGES_CONTRADICT',
      'sets[0].changes[0].put.values[0] RDATA_INVALID',
      'sets[2].changes[0].delete.type TYPE_INVALID',
    ],
  )
})

test('a zone that stands twice in a change over zones is refused', async () => {
  const zone = await newZone()
  const set = { zone, changes: [put('www', 'A', '192.0.2.7')] }
  const error = await errorOf(server.client(RecordService).applyChangeSets({ sets: [set, { ...set, zone: zone.toUpperCase() }] }))
  assert.deepEqual([error.code, reasonsOf(error)], [Code.InvalidArgument, ['CHANGES_CONTRADICT']])
})

test('the answer names the largest TTL that the touched RRsets had', async () => {
  const zone = await newZone()
  const records = server.client(RecordService)
  const first = await records.applyChanges({ zone, changes: [put('www', 'A', '192.0.2.7'), put('mail', 'A', '192.0.2.7')] })
  const longer = { operation: { case: 'put' as const, value: { name: 'www', type: 'A', ttl: 900, values: ['192.0.2.7'] } } }
  const second = await records.applyChanges({ zone, changes: [longer] })
  const third = await records.applyChanges({ zone, changes: [put('mail', 'A', '192.0.2.9'), put('www', 'A', '192.0.2.9')] })
  assert.deepEqual(
    [first, second, third].map(({ effects }) => effects[0]!.oldTtl),
    [0, 60, 900],
  )
})
