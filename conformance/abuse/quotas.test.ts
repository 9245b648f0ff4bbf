/** Quotas from the command line to the refusal: what is beyond them is refused, and says how much there is. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { metric } from '../lib/metric.ts'
import { program } from '../lib/programs.ts'
import { refusal } from '../lib/refusal.ts'
import { startSystem, type System } from '../lib/system.ts'
import { importZone, putRRset, smallZone } from '../lib/zones.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ edges: [], publishers: [] })
})
afterAll(() => system?.close())

async function quota(...words: string[]): Promise<{ own: Record<string, number> | null; zones: number }> {
  const url = `http://127.0.0.1:${system.app('zone-api').ready.port}`
  const where = ['--server', url, '--token-file', join(system.folder, 'administrator.token'), '-o', 'json']
  return JSON.parse(await program(process.execPath, ['apps/zonectl/main.ts', 'access', 'quota', ...words, ...where])) as never
}

test('a principal that has used up its zones is told so, by calls and in the outcomes of imports', async () => {
  const { own } = await quota('set', 'administrator', '--zones', '1')
  assert.equal(own?.['zones'], 1)
  const zones = system.client(ZoneService)
  await importZone(zones, { zone: 'one.example.' }, smallZone)
  const outcome = await importZone(zones, { zone: 'two.example.' }, smallZone)
  assert.equal(outcome.code, Code.ResourceExhausted)
  assert.equal(outcome.errors[0]?.reason, 'QUOTA_EXCEEDED')
  const error = await refusal(zones.createZone({ zone: 'three.example.', nameServers: ['ns1.three.example.'] }))
  assert.equal(error.code, Code.ResourceExhausted)
  assert.match(error.message, /administrator has made 1 zones, and its quota is 1/)
  assert.equal((await quota('show', 'administrator')).zones, 1)
  assert.equal(await metric(system, 'zone-api', 'zonecast_quota_refusals_total'), 2)
})

test('a principal that has used up its changes is told when to come back, and is free again without a quota', async () => {
  await quota('set', 'administrator', '--changes-per-minute', '1', '--burst', '2')
  await putRRset(system, 'one.example.', 'a', 'A', ['192.0.2.1'])
  await putRRset(system, 'one.example.', 'b', 'A', ['192.0.2.1'])
  const error = await refusal(putRRset(system, 'one.example.', 'c', 'A', ['192.0.2.1']))
  assert.match(error.message, /administrator has used its 1 changes a minute; try again in \d+ s/)
  assert.equal((await quota('clear', 'administrator')).own, null)
  await putRRset(system, 'one.example.', 'c', 'A', ['192.0.2.1'])
})
