/** Bad input: each a clear error that names the thing, the rule and the way out, and nothing half done. */
import { strict as assert } from 'node:assert'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { describeError, reasonsOf } from '@zonecast/rpc'
import { afterAll, beforeAll, test } from 'vitest'
import { StartFailed, startApp } from '../lib/process.ts'
import { refusal } from '../lib/refusal.ts'
import { startSystem, type System } from '../lib/system.ts'
import { answered, exportText, importZone, publishZone, putRRset, smallZone } from '../lib/zones.ts'

const zone = 'strict.example.'
const zoneFile = `${smallZone}www 60 IN A 192.0.2.1\n`
let system: System
let before: Buffer

beforeAll(async () => {
  system = await startSystem()
  await publishZone(system, zone, zoneFile)
  before = await exportText(system, zone)
})
afterAll(() => system?.close())

const unchanged = async () => assert.deepEqual(await exportText(system, zone), before)
const put = (name: string, type: string, values: string[]) =>
  system
    .client(RecordService)
    .applyChanges({ zone, changes: [{ operation: { case: 'put', value: { name, type, ttl: 60, values } } }] })

test('a wrong line in a zone file is named with line, column, text and rule; all such lines are', async () => {
  const wrong = `${zoneFile}a 60 IN A 192.0.2.256\nb 60 IN A 192.0.2.2\nc 60 IN MX mail\n`
  const { errors, errorCount, effect, code } = await importZone(system.client(ZoneService), { zone }, wrong)
  assert.equal(code, Code.InvalidArgument)
  assert.equal(effect, undefined)
  assert.equal(errorCount, 2n)
  assert.deepEqual(
    errors.map(({ line }) => line),
    [5, 7],
  )
  assert.ok(errors.every(({ column, text, message }) => column > 0 && text !== '' && message.length > 10))
  await unchanged()
})

test('an unknown zone', async () => {
  const error = await refusal(putRRset(system, 'nowhere.example.', 'www', 'A', ['192.0.2.1']))
  assert.equal(error.code, Code.NotFound)
  assert.match(describeError(error).join('\n'), /nowhere\.example\./)
})

test('a CNAME beside an A, named with the owner and the RFC; every violation of a batch at once', async () => {
  const error = await refusal(
    system.client(RecordService).applyChanges({
      zone,
      changes: [
        { operation: { case: 'put', value: { name: 'www', type: 'CNAME', ttl: 60, values: ['ns1'] } } },
        { operation: { case: 'put', value: { name: 'elsewhere.example.', type: 'A', ttl: 60, values: ['192.0.2.1'] } } },
        { operation: { case: 'put', value: { name: 'x', type: 'A', ttl: 60, values: ['not an address'] } } },
      ],
    }),
  )
  assert.ok([Code.FailedPrecondition, Code.InvalidArgument].includes(error.code), error.message)
  const reasons = reasonsOf(error)
  const text = describeError(error).join('\n')
  assert.ok(reasons.includes('OUT_OF_ZONE') && reasons.includes('RDATA_INVALID'), text)
  await unchanged()
  const conflict = await refusal(put('www', 'CNAME', ['ns1']))
  assert.equal(conflict.code, Code.FailedPrecondition)
  assert.match(describeError(conflict).join('\n'), /www\.strict\.example\..*CNAME|CNAME.*www\.strict\.example\./)
  await unchanged()
})

for (const { name, type, values, reason } of [
  { name: '@', type: 'SOA', values: [], reason: 'SOA_RULE' },
  { name: '@', type: 'NS', values: [], reason: 'APEX_NS_MISSING' },
  { name: 'www', type: 'NOPE', values: ['x'], reason: 'TYPE_INVALID' },
  { name: 'www', type: 'AXFR', values: ['x'], reason: 'TYPE_INVALID' },
  { name: `${'a'.repeat(64)}`, type: 'A', values: ['192.0.2.1'], reason: 'NAME_INVALID' },
])
  test(`${name.slice(0, 5)} ${type} "${values.join()}" is refused: ${reason}`, async () => {
    const change =
      values.length > 0
        ? { operation: { case: 'put' as const, value: { name, type, ttl: 60, values } } }
        : { operation: { case: 'delete' as const, value: { name, type } } }
    const error = await refusal(system.client(RecordService).applyChanges({ zone, changes: [change] }))
    assert.ok(reasonsOf(error).includes(reason), describeError(error).join('\n'))
    await unchanged()
  })

test('preconditions that do not hold are refused, and a request id is not used for another body', async () => {
  const records = system.client(RecordService)
  const changes = [{ operation: { case: 'put' as const, value: { name: 'once', type: 'A', ttl: 60, values: ['192.0.2.1'] } } }]
  const moved = await refusal(records.applyChanges({ zone, changes, precondition: { version: 77n } }))
  assert.equal(moved.code, Code.Aborted)
  assert.ok(reasonsOf(moved).includes('VERSION_MOVED'))
  const there = await refusal(
    records.applyChanges({ zone, changes, precondition: { rrsetsAbsent: [{ name: '@', type: 'NS' }] } }),
  )
  assert.equal(there.code, Code.FailedPrecondition)
  assert.ok(reasonsOf(there).includes('RRSET_EXISTS'))
  await unchanged()

  const first = await records.applyChanges({ zone, changes, requestId: 'one' })
  const second = await records.applyChanges({ zone, changes, requestId: 'one' })
  assert.deepEqual(second, first)
  const other = [{ operation: { case: 'delete' as const, value: { name: 'once', type: 'A' } } }]
  const reused = await refusal(records.applyChanges({ zone, changes: other, requestId: 'one' }))
  assert.ok(reasonsOf(reused).includes('REQUEST_ID_REUSED'))
  await records.applyChanges({ zone, changes: other })
  before = await exportText(system, zone)
})

test('a message above 1 MiB is resource_exhausted, unary and streamed', async () => {
  const values = Array.from({ length: 40 }, (_, i) => `"${String(i).repeat(100).slice(0, 200)}"`.repeat(200))
  const unary = await refusal(put('large', 'TXT', values))
  assert.equal(unary.code, Code.ResourceExhausted, unary.message)
  const stream = await refusal(
    system.client(ZoneService).importZone(
      (async function* () {
        yield { part: { case: 'header' as const, value: { zone } } }
        yield { part: { case: 'data' as const, value: new Uint8Array(2 << 20).fill(0x20) } }
      })(),
    ),
  )
  assert.equal(stream.code, Code.ResourceExhausted, stream.message)
  await unchanged()
})

test('an import that is cut off in the middle leaves nothing', async () => {
  const cut = new AbortController()
  const error = await refusal(
    system.client(ZoneService).importZone(
      (async function* () {
        yield { part: { case: 'header' as const, value: { zone, force: true } } }
        yield { part: { case: 'data' as const, value: Buffer.from(zoneFile) } }
        cut.abort()
      })(),
      { signal: cut.signal },
    ),
  )
  assert.equal(error.code, Code.Canceled)
  await unchanged()
})

test('an edge with a wrong token follows nobody, says so, and goes on serving', async () => {
  const file = join(system.folder, 'edge-1.token')
  await system.stop('edge-1')
  writeFileSync(file, `zc_${'A'.repeat(43)}\n`)
  const edge = await system.start('edge-1')
  while (!edge.log.some((line) => line.includes('unauthenticated'))) await once(edge.child.stderr!, 'data')
  assert.equal((await system.dig('edge-1', `www.${zone}`)).answers.length, 1, 'what it has is still served')
  await system.stop('edge-1')
  writeFileSync(file, `${system.tokens['edge-1']}\n`)
  await system.start('edge-1')
  await answered(system, await putRRset(system, zone, 'back', 'A', ['192.0.2.9']))
})

test('a taken port and a data folder in use are named, with exit code 69', async () => {
  const holder = createServer()
  holder.listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const start = (data: string, listen: number) =>
    startApp({ app: 'zone-api', env: { ZONECAST_DATA: data, ZONECAST_PORT: String(listen) } })
  const fresh = join(system.folder, 'fresh')
  const taken = await start(fresh, port).then(
    () => assert.fail('it started'),
    (error: unknown) => error,
  )
  assert.ok(taken instanceof StartFailed && taken.code === 69 && taken.message.includes(String(port)), String(taken))
  holder.close()
  const inUse = await start(join(system.folder, 'zone-api'), 0).then(
    () => assert.fail('it started'),
    (error: unknown) => error,
  )
  assert.ok(
    inUse instanceof StartFailed && inUse.code === 69 && inUse.message.includes(join(system.folder, 'zone-api')),
    String(inUse),
  )
  rmSync(fresh, { recursive: true, force: true })
})
