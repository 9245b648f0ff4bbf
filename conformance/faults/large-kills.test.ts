/** kill -9 in the middle of what takes long: the import of a big zone, and the fetch of a snapshot. */
import { strict as assert } from 'node:assert'
import { Code, ConnectError } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { formatRR } from '@zonecast/dns'
import { test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { startProxy, type TcpProxy } from '../lib/tcp-proxy.ts'
import { answered, importZone, publishZone } from '../lib/zones.ts'
import { randomOf, repeatBy, seedsOf } from './seeds.ts'
import { zoneFile } from './zones.ts'

const zone = 'large.example.'
const names = 60_000

/** A zone of so many names, each with this value; its last name is `zz`. */
function largeZone(serial: number, value: string): Buffer {
  const lines = Array.from({ length: names }, (_, at) => `n${at} 60 IN TXT "${value}"\n`)
  return Buffer.from(`${zoneFile(serial)}${lines.join('')}zz 60 IN TXT "${value}"\n`)
}

async function valueAt(system: System, name: string): Promise<string> {
  const { answers, rcode } = await system.dig('edge-1', `${name}.${zone}`, 'TXT', { tcp: true })
  return answers[0] ? (/"(.*)"/.exec(formatRR(answers[0]))?.[1] ?? '') : `RCODE ${rcode}`
}

/** Names over the whole zone, which all show one version. */
async function isWhole(system: System, value: string): Promise<void> {
  for (const name of ['n0', 'n777', 'n31415', `n${names - 1}`, 'zz']) assert.equal(await valueAt(system, name), value, name)
}

for (const seed of seedsOf(40))
  test(`seed ${seed}: the zone API dies during imports (${repeatBy('large-kills.test.ts', seed)})`, async () => {
    const random = randomOf(seed)
    const system = await startSystem()
    try {
      await publishZone(system, zone, zoneFile(1))
      for (let i = 0; i < 4; i++) {
        const importing = importZone(system.client(ZoneService), { zone, force: true }, largeZone(10, 'new')).catch(
          (error: unknown) => ConnectError.from(error).code,
        )
        // The spool of sorted RRs and the stage are under way, or it has just ended.
        await new Promise((resolve) => setTimeout(resolve, 50 + 900 * random()))
        await system.stop('zone-api', 'SIGKILL')
        await system.start('zone-api')
        const outcome = await importing
        const { zone: described } = await system.client(ZoneService).getZone({ zone })
        const { version } = described!.state!
        if (typeof outcome !== 'number') assert.equal(version, 2n, 'what was acknowledged is there')
        assert.ok(version === 1n || version === 2n, `version ${version}`)
        assert.notEqual(outcome, Code.InvalidArgument)
      }
      await publishZone(system, zone, largeZone(20, 'newest'), { force: true })
      await isWhole(system, 'newest')
    } finally {
      await system.close()
    }
  })

for (const victim of ['edge-1', 'publisher'] as const)
  test(`${victim} dies during the fetch of a snapshot, again and again`, async () => {
    let link: TcpProxy | undefined
    const publisherUrl = async (port: number) => {
      link = await startProxy(port)
      return link.url
    }
    const system = await startSystem({ publisherUrl })
    try {
      await publishZone(system, zone, largeZone(1, 'old'))
      await system.stop('edge-1')
      const { changeId } = await importZone(system.client(ZoneService), { zone, force: true }, largeZone(2, 'new'))
      // The next stroke falls when so much of the zone has come: it is arranged before anything can come.
      let stroke: Promise<void> | undefined = link!.cutAfter(200_000)
      await system.start('edge-1')
      for (let left = 2; stroke !== undefined; left--) {
        await stroke
        assert.ok(['old', 'new'].includes(await valueAt(system, 'zz')))
        await system.stop(victim, 'SIGKILL')
        stroke = left > 0 ? link!.cutAfter(150_000) : undefined
        await system.start(victim)
        await isWhole(system, await valueAt(system, 'zz'))
      }
      await answered(system, changeId)
      await isWhole(system, 'new')
    } finally {
      await system.close()
      await link?.close()
    }
  })
