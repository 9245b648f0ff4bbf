/** What the zone API shows of a change: steps, log lines with its ids, and the trace of its caller. */
import { create } from '@bufbuild/protobuf'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ImportZoneRequestSchema, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { newTraceparent, withTraceparent } from '@zonecast/runtime'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const commitOf = (changeId: string) =>
  server.lines.find(({ msg, changeIds }) => msg === 'committed' && (changeIds as string[]).includes(changeId))

test('a change is timed as edit and commit, and logged with its id and the trace of its caller', async () => {
  const zone = 'seen.example.'
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'] })
  const traceparent = newTraceparent()
  const changes = [{ operation: { case: 'put' as const, value: { name: 'www', type: 'A', ttl: 60, values: ['192.0.2.1'] } } }]
  const { changeId } = await withTraceparent(traceparent, 'test', () =>
    server.client(RecordService).applyChanges({ zone, changes }),
  )
  const line = commitOf(changeId)
  assert.deepEqual([line?.['zone'], line?.['version'], line?.['traceparent']], [zone, '2', traceparent])
  const text = await server.metrics.text()
  for (const step of ['edit', 'commit'])
    assert.match(text, new RegExp(`zonecast_step_seconds_count\\{[^}]*step="${step}"[^}]*\\} [1-9]`))
})

test('an import carries the trace of its caller too', async () => {
  const traceparent = newTraceparent()
  const text = '@ 60 SOA ns h 1 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.1\n'
  async function* requests() {
    yield create(ImportZoneRequestSchema, { part: { case: 'header', value: { zone: 'imported.example.' } } })
    yield create(ImportZoneRequestSchema, { part: { case: 'data', value: Buffer.from(text) } })
  }
  const { outcomes } = await withTraceparent(traceparent, 'test', () => server.client(ZoneService).importZone(requests()))
  assert.equal(commitOf(outcomes[0]?.changeId ?? '')?.['traceparent'], traceparent)
})
