/** A stream of more zones than its answer has room for is refused, and what was finished before stays. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { type ImportZoneRequestSchema, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcServer, createRpcTransport, principalOfRole } from '@zonecast/rpc'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { afterEach, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { Importer } from '../staging/importer.ts'
import { zoneService } from './zone-service.ts'

type Part = MessageInitShape<typeof ImportZoneRequestSchema>

const apexLines = '@ 60 IN SOA ns1.example.net. hostmaster.example.net. 5 3600 600 86400 300\n@ 60 IN NS ns1.example.net.\n'
const closing: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** ZoneService by gRPC, with so much room for outcomes. */
async function start(outcomesOctets: number) {
  const folder = mkdtempSync(join(tmpdir(), 'import-limit-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const ports = { log: silentLogger(), metrics: createMetrics('zone-api') }
  const database = await openDatabase({ folder, ...ports, failed: (error) => assert.fail(error) })
  closing.push(() => database.close())
  const importer = new Importer({ database, folder: join(folder, 'tmp') })
  closing.push(() => importer.close())
  const server = createRpcServer({
    ...ports,
    routes: (router) => router.service(ZoneService, zoneService({ database, importer, outcomesOctets })),
    services: [ZoneService],
    guard: {
      authenticate: () => principalOfRole('tester', 'administrator'),
    },
  })
  closing.push(() => server.close())
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  const transport = createRpcTransport({ url, token: 'zc_test' })
  closing.push(() => transport.close())
  return createRpcClient(ZoneService, transport)
}

async function* zonesOf(count: number): AsyncGenerator<Part> {
  for (let at = 0; at < count; at++) {
    yield { part: { case: 'header', value: { zone: `zone-${at}.example` } } }
    yield { part: { case: 'data', value: Buffer.from(apexLines) } }
  }
}

test('the zone too many ends the stream with resource_exhausted and says what to do', async () => {
  const zones = await start(4_000)
  const refused = await zones.importZone(zonesOf(1_000)).then(
    () => assert.fail('it was not refused'),
    (error: unknown) => ConnectError.from(error),
  )
  assert.equal(refused.code, Code.ResourceExhausted)
  assert.match(refused.rawMessage, /more than \d+ zones do not fit an answer; send the others in a stream of their own/)
  const { zone } = await zones.getZone({ zone: 'zone-0.example' })
  assert.equal(zone?.state?.version, 1n)
  const missing = await zones.getZone({ zone: 'zone-999.example' }).catch((error: unknown) => ConnectError.from(error).code)
  assert.equal(missing, Code.NotFound)
})

test('as many as there is room for are answered', async () => {
  const zones = await start(4_000)
  const { outcomes } = await zones.importZone(zonesOf(10))
  assert.equal(outcomes.filter(({ effect }) => effect?.changed === true).length, 10)
})
