/** A flood of denied calls writes few lines, and none of them is lost from the count. */
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
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
  const deny = (name: string) => {
    const principal = principalOfRole(name, 'edge')
    log.note({ method: ZoneService.method.deleteZone, principal, reason: 'PERMISSION_MISSING', permission: 'zone.delete' })
  }
  return { clock, written, log, deny }
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

test('a thousand principals at once are twenty lines and one for the others', async () => {
  const { written, log, deny } = open()
  for (let i = 0; i < 1000; i++) deny(`principal ${i}`)
  await log.close()
  const [lines = []] = written
  assert.equal(lines.length, 21)
  assert.deepEqual([lines.at(-1)!.principal, lines.at(-1)!.count], ['*', 980])
})
