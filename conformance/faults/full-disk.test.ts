/** Disks that are full: nothing half done, reading and answering go on, and all is well once there is room. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { Code, ConnectError } from '@connectrpc/connect'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { formatRR, RCODE } from '@zonecast/dns'
import { test } from 'vitest'
import { smallDisk, type SmallDisk } from '../lib/small-disk.ts'
import { startSystem, type System } from '../lib/system.ts'
import { answered, importZone, publishZone, putRRset } from '../lib/zones.ts'
import { cleanRun } from './fault-run.ts'
import { repeatBy, seedsOf } from './seeds.ts'
import { zoneFile } from './zones.ts'

const zone = 'full.example.'
const diskOctets = 24 << 20

async function withDisk(app: string, run: (system: System, disk: SmallDisk) => Promise<void>): Promise<void> {
  const disk = smallDisk(diskOctets)
  try {
    const system = await startSystem({ env: { [app]: { ZONECAST_DATA: join(disk.folder, app) } } })
    try {
      await publishZone(system, zone, zoneFile(1))
      await run(system, disk)
    } finally {
      await system.close()
    }
  } finally {
    disk.close()
  }
}

const serialOf = async (system: System) => (await system.client(ZoneService).getZone({ zone })).zone?.state?.serial

/** Changes until one is refused; gives the refusal and how many were taken. */
async function untilRefused(system: System): Promise<{ taken: number; refusal: ConnectError }> {
  for (let taken = 0; ; taken++) {
    try {
      await putRRset(system, zone, 'filling', 'TXT', [`"${taken} ${'x'.repeat(200)}"`])
    } catch (error) {
      return { taken, refusal: ConnectError.from(error) }
    }
  }
}

test('a zone API without room refuses changes and imports with RESOURCE_EXHAUSTED, reads, and recovers without a restart', () =>
  withDisk('zone-api', async (system, disk) => {
    disk.fill()
    const { taken, refusal } = await untilRefused(system)
    assert.equal(refusal.code, Code.ResourceExhausted, refusal.message)
    assert.match(refusal.rawMessage, /disk is full/)
    const big = [zoneFile(1), ...Array.from({ length: 40_000 }, (_, i) => `big-${i} 60 IN A 192.0.2.1\n`)].join('')
    const refused = await importZone(system.client(ZoneService), { zone: 'big.example.' }, big).catch((error: unknown) => error)
    const code = refused instanceof ConnectError ? refused.code : (refused as { code: number }).code
    assert.equal(code, Code.ResourceExhausted, String(refused))
    assert.equal(await serialOf(system), taken + 1, 'what was refused made no version')
    const { rrset } = await system.client(RecordService).getRRset({ zone, name: 'ns1', type: 'A' })
    assert.deepEqual(rrset?.values, ['192.0.2.53'])
    const absent = await system
      .client(ZoneService)
      .getZone({ zone: 'big.example.' })
      .catch((error: unknown) => ConnectError.from(error).code)
    assert.equal(absent, Code.NotFound, 'the import has left nothing')
    disk.free()
    await answered(system, await putRRset(system, zone, 'filling', 'TXT', ['"room"']))
    assert.equal(await serialOf(system), taken + 2)
    const imported = await importZone(system.client(ZoneService), { zone: 'big.example.' }, big)
    assert.equal(imported.errors.length, 0)
    // What the refused import had written is gone, too: a restart finds the same.
    await system.stop('zone-api', 'SIGKILL')
    await system.start('zone-api')
    assert.equal(await serialOf(system), taken + 2)
  }))

test('an edge without room answers what it has, says so, takes a restart, and catches up once there is room', () =>
  withDisk('edge-1', async (system, disk) => {
    const value = async () => {
      const { answers, rcode } = await system.dig('edge-1', `filling.${zone}`, 'TXT')
      return answers[0] ? formatRR(answers[0]) : rcode
    }
    disk.fill()
    // LMDB writes into pages that it has freed for as long as there are some.
    let i = 0
    for (; !(await metric(system, 'zonecast_edge_full_state')); i++) {
      await putRRset(system, zone, `filling`, 'TXT', [`"${i}"`])
      await putRRset(system, zone, `fill-${i}`, 'TXT', [`"${'x'.repeat(250)}"`])
    }
    await putRRset(system, zone, 'filling', 'TXT', ['"last"'])
    const said = await value()
    assert.ok(said === RCODE.NXDOMAIN || typeof said === 'string', `an earlier version is answered: ${said}`)
    await system.app('edge-1').said('the disk is full')
    assert.deepEqual((await system.client(EdgeService, 'edge-1').getStatus({})).quarantined, [zone])
    await system.stop('edge-1', 'SIGKILL')
    await system.start('edge-1')
    assert.equal((await system.dig('edge-1', `ns1.${zone}`)).answers.length, 1)
    disk.free()
    const last = await putRRset(system, zone, 'room', 'TXT', ['"room"'])
    await answered(system, last)
    assert.match(String(await value()), /"last"/)
    assert.equal(await metric(system, 'zonecast_edge_full_state'), 0)
  }))

async function metric(system: System, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${system.app('edge-1').ready.port}/metrics`)).text()
  const [, value] = new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'm').exec(text) ?? []
  assert.ok(value !== undefined, `${name} is there`)
  return Number(value)
}

/** Starts a program again whenever it ends because of its disk, and fails where it ends otherwise. */
function keepUp(system: System, name: string): { readonly failed: Promise<never>; stop(): Promise<void> } {
  const stopping = Promise.withResolvers<undefined>()
  async function run(): Promise<void> {
    for (;;) {
      const { ended, log } = system.app(name)
      const code = await Promise.race([ended, stopping.promise])
      if (code === undefined) return
      assert.equal(code, 1, `${name} ends with ${code}`)
      assert.ok(
        log.some((line) => /"level":"fatal"/.test(line) && /could not be written|disk/.test(line)),
        `${name} says why: ${log.slice(-3).join('\n')}`,
      )
      await system.start(name)
    }
  }
  const running = run()
  const failed = running.then(() => new Promise<never>(() => {}))
  failed.catch(() => {})
  return {
    failed,
    stop: async () => {
      stopping.resolve(undefined)
      await running
    },
  }
}

for (const seed of seedsOf(30))
  test(`seed ${seed}: disks fill up and are freed while changes go on (${repeatBy('full-disk.test.ts', seed)})`, async () => {
    const disks = [smallDisk(diskOctets), smallDisk(diskOctets)] as const
    try {
      await cleanRun({
        seed,
        system: {
          env: {
            'zone-api': { ZONECAST_DATA: join(disks[0].folder, 'zone-api') },
            'edge-1': { ZONECAST_DATA: join(disks[1].folder, 'edge-1') },
          },
        },
        faults: async ({ system, random, pass, progress }) => {
          // Room that comes back between a failed write and the look at the disk is taken for a failing one: a restart, and no more.
          const keepers = ['zone-api', 'edge-1'].map((name) => keepUp(system, name))
          for (const disk of [...disks, ...disks, ...disks]) {
            disk.fill(Math.floor(200_000 * random()))
            await pass(300, 1_000)
            disk.free()
            await Promise.race([progress(5), ...keepers.map((keeper) => keeper.failed)])
          }
          await Promise.all(keepers.map((keeper) => keeper.stop()))
        },
      })
    } finally {
      for (const disk of disks) disk.close()
    }
  })
