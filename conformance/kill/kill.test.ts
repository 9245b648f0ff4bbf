/** kill -9 of each process in turn during a stream of changes: nothing acknowledged is lost, no half zone is served. */
import { strict as assert } from 'node:assert'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import { formatRR, soaFields, TYPE } from '@zonecast/dns'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'

const zone = 'killed.example.'
/** Names whose values a change set always moves together. */
const twins = ['left', 'right']
const zoneFile = `@ 60 IN SOA ns1 hostmaster 1 14400 3600 1209600 300
@ 60 IN NS ns1
ns1 60 IN A 192.0.2.53
${twins.map((name) => `${name} 60 IN TXT "0"\n`).join('')}`

/** A random number from a seed, so that a failure can be had again: mulberry32. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Acknowledged {
  /** The newest value that was acknowledged. */
  value: number
  /** Values whose call ended without an answer: they may be there or not. */
  readonly open: Set<number>
}

/** Changes without pause; a call without an answer is tried again under the same request id until it has one. */
async function change(system: System, acknowledged: Acknowledged, over: { stop: boolean }): Promise<void> {
  for (let value = 1; !over.stop; value++) {
    acknowledged.open.add(value)
    const changes = twins.map((name) => ({
      operation: { case: 'put' as const, value: { name, type: 'TXT', ttl: 60, values: [`"${value}"`] } },
    }))
    for (;;) {
      try {
        await system.client(RecordService).applyChanges({ zone, changes, requestId: `change-${value}` }, { timeoutMs: 10_000 })
        break
      } catch (error) {
        const { code, message } = ConnectError.from(error)
        const mayPass = [
          Code.Unavailable,
          Code.DeadlineExceeded,
          Code.Canceled,
          Code.Aborted,
          Code.Internal,
          Code.Unknown,
        ].includes(code)
        assert.ok(mayPass, message)
        await sleep(20)
      }
    }
    acknowledged.value = value
    acknowledged.open.delete(value)
  }
}

/** Asks the edge without pause: both names must show values of one version, since a change moves both. */
async function look(system: System, over: { stop: boolean }): Promise<number> {
  const valueOf = async (name: string) => {
    const { answers } = await system.dig('edge-1', `${name}.${zone}`, 'TXT', { timeoutMilliseconds: 300 })
    return Number(/"(\d+)"/.exec(formatRR(answers[0]!))?.[1])
  }
  const serialOf = async () => {
    const { answers } = await system.dig('edge-1', zone, 'SOA', { timeoutMilliseconds: 300 })
    return soaFields(answers.find(({ type }) => type === TYPE.SOA)!.rdata).serial
  }
  let looks = 0
  let newest = 0
  while (!over.stop) {
    try {
      const before = await serialOf()
      const [left, right] = [await valueOf('left'), await valueOf('right')]
      if (before !== (await serialOf())) continue
      assert.equal(left, right, `a half version at serial ${before}`)
      assert.ok(left >= newest, `the edge went back from ${newest} to ${left}`)
      newest = left
      looks++
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      await sleep(20) // the edge is being killed
    }
  }
  return looks
}

const seeds = (process.env['ZONECAST_SEEDS'] ?? `1,2,${randomInt(1_000_000)}`).split(',').map(Number)
for (const seed of seeds)
  test(`seed ${seed}: every process is killed twice while changes go on`, async () => {
    const next = random(seed)
    const system = await startSystem()
    try {
      await publishZone(system, zone, zoneFile)
      const acknowledged: Acknowledged = { value: 0, open: new Set() }
      const over = { stop: false }
      const changing = change(system, acknowledged, over)
      const looking = look(system, over)
      const victims = ['zone-api', 'publisher', 'edge-1', 'zone-api', 'publisher', 'edge-1']
      for (const victim of victims.toSorted(() => next() - 0.5)) {
        await sleep(100 + 400 * next())
        await system.stop(victim, 'SIGKILL')
        await sleep(200 * next())
        await system.start(victim)
      }
      await sleep(200)
      over.stop = true
      await changing
      const looks = await looking

      const { rrset } = await system.client(RecordService).getRRset({ zone, name: 'left', type: 'TXT' })
      const stored = Number(rrset?.values[0]?.replaceAll('"', ''))
      assert.equal(stored, acknowledged.value, 'what was acknowledged last is what is stored')
      const { zone: described } = await system.client(ZoneService).getZone({ zone })
      assert.equal(described?.state?.version, BigInt(acknowledged.value + 1), 'every change made one version, none twice')

      await answered(system, await putRRset(system, zone, 'end', 'TXT', ['"level"']))
      const { answers } = await system.dig('edge-1', `left.${zone}`, 'TXT')
      assert.match(formatRR(answers[0]!), new RegExp(`"${acknowledged.value}"`))
      assert.ok(looks > 0 && acknowledged.value > 10, `${acknowledged.value} changes, ${looks} looks`)
    } finally {
      await system.close()
    }
  })
