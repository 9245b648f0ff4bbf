/** A flood of denied calls writes few lines, and none of them is lost from the count. */
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { parseName } from '@zonecast/dns'
import { principalOfRole } from '@zonecast/rpc'
import { silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { Denial } from '../database/audit-port.ts'
import { DenialLog } from './denial-log.ts'

function open() {
  const clock = fakeClock()
  const written: Denial[][] = []
  const database = { noteDenials: async (denials: readonly Denial[]) => void written.push([...denials]) }
  const log = new DenialLog({ database, clock, log: silentLogger() })
  const deny = (name: string, zone?: string) => {
    const principal = principalOfRole(name, 'edge')
    const target = zone === undefined ? {} : { zone: parseName(zone) }
    log.note({
      method: ZoneService.method.deleteZone,
      principal,
      reason: 'PERMISSION_MISSING',
      permission: 'zone.delete',
      target,
    })
  }
  const refuse = (claimed: string) =>
    log.note({ method: ZoneService.method.getZone, principal: undefined, claimed, reason: 'CREDENTIAL_INVALID', permission: '' })
  /** Ends it, and gives principal, method and count of each row. */
  const rows = async () => {
    await log.close()
    return written.flat().map(({ principal, method, count }) => [principal, method, count] as const)
  }
  return { clock, written, log, deny, refuse, rows }
}

test('denials alike within a second are one line', async () => {
  const { clock, written, log, deny } = open()
  deny('a')
  clock.advance({ ms: 400 })
  deny('a')
  deny('b')
  assert.equal(written.length, 0)
  clock.advance({ seconds: 1 })
  await log.write()
  assert.deepEqual(
    written.flat().map(({ principal, count, atMs, lastAtMs }) => [principal, count, lastAtMs - atMs]),
    [
      ['a', 2, 400],
      ['b', 1, 0],
    ],
  )
})

test('the flood of one principal is twenty lines and one for the rest, and hides nobody else', async () => {
  const { deny, rows } = open()
  for (let i = 0; i < 1_000; i++) deny('loud', `z${i}.example.`)
  deny('quiet')
  const lines = await rows()
  assert.equal(lines.length, 22)
  assert.deepEqual(lines.slice(-2), [
    ['loud', '*', 980],
    ['quiet', 'DeleteZone', 1],
  ])
})

test('calls without a principal share their lines, whatever name they claim, and hide no principal of that name', async () => {
  const { deny, refuse, rows } = open()
  for (let i = 0; i < 1_000; i++) refuse(`claimed ${i}`)
  deny('claimed 999')
  const lines = await rows()
  assert.equal(lines.length, 22)
  assert.deepEqual(lines.slice(-2), [
    ['*', '*', 980],
    ['claimed 999', 'DeleteZone', 1],
  ])
})

test('principals are kept apart up to a thousand, and those that come later are counted together', async () => {
  const { deny, rows } = open()
  for (let i = 0; i < 5_000; i++) deny(`principal ${i}`)
  const lines = await rows()
  assert.equal(lines.length, 1_001)
  assert.deepEqual(lines.at(-1), ['*', '*', 4_000])
})

test('what is kept is bounded also where many principals are denied many things, and each is still named', async () => {
  const { deny, rows } = open()
  for (let i = 0; i < 500; i++) for (let j = 0; j < 40; j++) deny(`principal ${i}`, `z${j}.example.`)
  const lines = await rows()
  assert.ok(lines.length <= 1_500, `${lines.length} lines`)
  assert.equal(new Set(lines.map(([principal]) => principal)).size, 500)
  assert.equal(
    lines.reduce((sum, [, , count]) => sum + count, 0),
    20_000,
  )
})

test('a principal has its lines anew in the next second', async () => {
  const { written, log, deny, rows } = open()
  for (let i = 0; i < 30; i++) deny('a', `z${i}.example.`)
  await log.write()
  assert.equal(written.flat().length, 21)
  for (let i = 0; i < 20; i++) deny('a', `z${i}.example.`)
  assert.ok((await rows()).slice(21).every(([, method]) => method === 'DeleteZone'))
})

test('what is denied while the database is slow waits in one set of rows', async () => {
  const clock = fakeClock()
  const written: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const noteDenials = async (denials: readonly Denial[]) => {
    written.push(denials.length)
    await promise
  }
  const log = new DenialLog({ database: { noteDenials }, clock, log: silentLogger() })
  for (let second = 0; second < 10; second++) {
    for (let i = 0; i < 100; i++) {
      const target = { zone: parseName(`z${second}-${i}.example.`) }
      const principal = principalOfRole('a', 'edge')
      log.note({ method: ZoneService.method.getZone, principal, reason: 'PERMISSION_MISSING', permission: '', target })
    }
    clock.advance({ seconds: 1 })
    await Promise.resolve()
  }
  resolve()
  await log.close()
  assert.deepEqual(written, [21, 21])
})
