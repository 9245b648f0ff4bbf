/** kill -9 in the middle of what takes long: the import of a big zone, and the fetch of a snapshot. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import { ZoneService, type ImportOutcome } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { formatRR } from '@zonecast/dns'
import { test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { startProxy, type TcpProxy } from '../lib/tcp-proxy.ts'
import { answered, importMessages, importZone, publishZone } from '../lib/zones.ts'
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

/** Kills the zone API when so much of an import was sent, or a little later; gives the outcome, or the code that it ended with. */
async function killedImport(system: System, data: Buffer, part: number, laterMs: number): Promise<ImportOutcome | Code> {
  const reached = Promise.withResolvers<void>()
  const killed = Promise.withResolvers<void>()
  const pieces = [...importMessages({ zone, force: true }, data)]
  const last = Math.floor(part * (pieces.length - 2))
  async function* messages() {
    for (const [at, piece] of pieces.entries()) {
      yield piece
      if (at !== last) continue
      // The piece was taken. Nothing more is sent before the stroke, unless it is to fall later.
      reached.resolve()
      if (part < 1) return await killed.promise
    }
  }
  const importing = system
    .client(ZoneService)
    .importZone(messages())
    .then(
      ({ outcomes }) => outcomes[0]!,
      (error: unknown) => ConnectError.from(error).code,
    )
  await reached.promise
  await sleep(laterMs)
  await system.stop('zone-api', 'SIGKILL')
  killed.resolve()
  await system.start('zone-api')
  return importing
}

for (const seed of seedsOf(40))
  test(`seed ${seed}: the zone API dies during imports (${repeatBy('large-kills.test.ts', seed)})`, async () => {
    const random = randomOf(seed)
    const system = await startSystem()
    try {
      await publishZone(system, zone, zoneFile(1))
      const versionNow = async () => (await system.client(ZoneService).getZone({ zone })).zone!.state!.version
      for (let i = 0; i < 4; i++) {
        const before = await versionNow()
        // In the middle of what is sent, while RRs are sorted and spooled; or when all was sent, while it is staged and committed.
        const isCut = i % 2 === 0
        const outcome = await killedImport(
          system,
          largeZone(10 + i, `new ${i}`),
          isCut ? random() : 1,
          isCut ? 0 : 500 * random(),
        )
        const after = await versionNow()
        if (isCut) assert.equal(typeof outcome, 'number', 'what was cut was not acknowledged')
        if (isCut) assert.equal(after, before, 'what was cut has left nothing')
        if (typeof outcome !== 'number') assert.equal(after, before + 1n, 'what was acknowledged is there')
        assert.ok(after === before || after === before + 1n, `version ${after} after ${before}`)
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
