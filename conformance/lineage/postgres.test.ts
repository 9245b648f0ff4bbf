/** The same with zones in PostgreSQL: a fail-over that lost changes, and a backup of SQLite that goes on there. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LineageService, LineageState } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { asSerial, isAfter } from '@zonecast/dns'
import { afterAll, beforeAll, test } from 'vitest'
import { available } from '../lib/available.ts'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { dig, program } from '../lib/programs.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until, untilDone } from '../lib/until.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { adopt, database } from './commands.ts'
import { serialOf } from './serial-watch.ts'

const zone = 'harbour.example.'
const text = `@ 60 IN SOA ns1 hostmaster 7 14400 3600 1209600 300
@ 60 IN NS ns1.dns.example.
ver 1 IN TXT "first"
`
const folder = mkdtempSync(join(tmpdir(), 'zonecast-lineage-'))
let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const change = (system: System, value: string) => putRRset(system, zone, 'ver', 'TXT', [`"${value}"`], 1)

async function untilAnswers(system: System, value: string): Promise<void> {
  const answer = async () => (await dig(system.dnsOf('edge-1'), `ver.${zone}`, 'TXT')).answer.join()
  await until(`the edge answers ${value}`, async () => (await answer()).includes(value))
}

async function adoptAndStart(system: System, more: Record<string, string> = {}): Promise<string> {
  const { said, ended, log } = system.app('zone-api')
  // Until it has ended it is asked still, over connections that it makes then: they meet a lineage that is not its own.
  const asking = said('the lineage was adopted').then(() => askAtOnce(system))
  const { code, out, err } = await adopt(system, ['edge-1'])
  await asking
  assert.equal(code, 0, err)
  assert.equal(await ended, 69, log.slice(-20).join('\n'))
  await system.stop('zone-api')
  await system.start('zone-api', more)
  return (JSON.parse(out) as { before: string }).before
}

function askAtOnce(system: System): Promise<unknown> {
  const zones = system.client(ZoneService)
  return Promise.allSettled(Array.from({ length: 12 }, () => zones.getZone({ zone })))
}

test('a fail-over that lost changes is noticed by the running zone API, before a change is taken', async () => {
  const system = await startSystem({ databaseUrl: await server.database('failover') })
  try {
    await publishZone(system, zone, text)
    await server.stop()
    const [data, standby] = ['data', 'standby'].map((name) => join(server.folder, name)) as [string, string]
    await program('cp', ['-a', data, standby])
    await server.start()
    const last = await untilDone('a change is taken again', () => change(system, 'lost'))
    // Other connections than that of the change may still find out that theirs has ended.
    await available('it is answered', () => answered(system, last))
    const serial = await serialOf(system, 'edge-1', zone)
    await server.stop('immediate')
    await program('mv', [data, `${data}.lost`])
    await program('mv', [standby, data])
    await server.start()
    const lineage = system.client(LineageService)
    await until('it is noticed', async () => {
      const { state } = await available('the database is back', () => lineage.getLineage({}))
      if (state === LineageState.REGRESSED) return true
      // What comes first is refused as well, whatever notices it.
      await assert.rejects(change(system, 'refused'))
      return false
    })
    const { detail } = await available('the database is back', () => lineage.getLineage({}))
    assert.match(detail, /this zone API has seen|stands at/)
    assert.equal(await adoptAndStart(system), 'regressed')
    await untilAnswers(system, 'first')
    assert.ok(isAfter(asSerial(await serialOf(system, 'edge-1', zone)), asSerial(serial)))
    await answered(system, await change(system, 'after'))
  } finally {
    await system.close()
  }
})

test('a backup of SQLite goes on in PostgreSQL, with the same publisher and edge', async () => {
  const url = { ZONECAST_DATABASE_URL: await server.database('moved') }
  const system = await startSystem()
  try {
    await publishZone(system, zone, text)
    const file = join(folder, 'one.backup')
    const taken = await database(system, ['backup', file])
    assert.equal(taken.code, 0, taken.err)
    const serial = await serialOf(system, 'edge-1', zone)
    await system.stop('zone-api')
    const restored = await database(system, ['restore', file], url)
    assert.equal(restored.code, 0, restored.err)
    await system.start('zone-api', url)
    const inUse = await database(system, ['restore', file, '--force'], url)
    assert.equal(inUse.code, 69, inUse.err)
    assert.equal(await adoptAndStart(system, url), 'restored')
    await answered(system, await change(system, 'moved'))
    await untilAnswers(system, 'moved')
    assert.equal(await serialOf(system, 'edge-1', zone), serial + 1, 'nothing was lost, and no serial was skipped')
  } finally {
    await system.close()
  }
})
