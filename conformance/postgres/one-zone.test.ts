/** Eight writers over three zone APIs change one zone: exactly one version and one serial step for each change set. */
import { strict as assert } from 'node:assert'
import { formatRR } from '@zonecast/dns'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterEach, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { startSystem, type System } from '../lib/system.ts'
import { publishZone, smallZone } from '../lib/zones.ts'

const zone = 'one.example.'
const zoneApis = ['zone-api', 'zone-api-2', 'zone-api-3'] as const
const changes = 1_000
const writers = 8
/** Watches that a writer leaves open while it goes on. */
const openWatches = 16

let server: PostgresServer | undefined
let system: System | undefined
afterEach(async () => {
  await system?.close()
  await server?.close()
})

test('1 000 change sets by 8 writers over 3 zone APIs make 1 000 versions and serials, each watched to answered', async () => {
  server = await startPostgres()
  system = await startSystem({ zoneApis: [...zoneApis], databaseUrl: await server.database('one'), edges: ['edge-1', 'edge-2'] })
  const running = system
  const { effect: first } = await publishZone(running, zone, smallZone)
  const told: { version: bigint; serial: number }[] = []
  let next = 0

  async function write(writer: number): Promise<void> {
    const watches: Promise<void>[] = []
    for (let i = next++; i < changes; i = next++) {
      const [taking, watching] = [zoneApis[(writer + i) % zoneApis.length]!, zoneApis[(writer + i + 1) % zoneApis.length]!]
      const records = running.client(RecordService, taking)
      const change = { value: { name: `w${i}`, type: 'A', ttl: 60, values: ['192.0.2.7'] }, case: 'put' as const }
      const { changeId, effects } = await records.applyChanges({ zone, changes: [{ operation: change }], requestId: `r${i}` })
      told.push(effects[0]!.state!)
      watches.push(watchToAnswered(running, changeId, watching))
      if (watches.length >= openWatches) await watches.shift()
    }
    await Promise.all(watches)
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))

  const [version, serial] = [first!.state!.version, first!.state!.serial]
  const after = (count: number) => Array.from({ length: changes }, (_, i) => count + i + 1)
  assert.deepEqual(sorted(told.map((state) => Number(state.version))), after(Number(version)))
  assert.deepEqual(sorted(told.map((state) => state.serial)), after(serial))
  for (const name of zoneApis) {
    const { zone: found } = await running.client(ZoneService, name).getZone({ zone })
    assert.deepEqual([found!.state!.version, found!.state!.serial], [version + BigInt(changes), serial + changes])
  }
  for (const edge of ['edge-1', 'edge-2']) {
    const { answers } = await running.dig(edge, zone, 'SOA')
    assert.equal(Number(formatRR(answers[0]!).split(/\s+/)[6]), serial + changes)
    for (const i of [0, 499, 999]) assert.equal((await running.dig(edge, `w${i}.${zone}`)).answers.length, 1)
  }
})

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b)
}

/** At another zone API than the one that has taken the change: publishers report to all. */
async function watchToAnswered(running: System, changeId: string, zoneApi: string): Promise<void> {
  for await (const { done } of running.client(ChangeService, zoneApi).watchChange({ changeId }, { timeoutMs: 120_000 }))
    if (done) return
  assert.fail(`the watch of ${changeId} ended before the change was answered`)
}
