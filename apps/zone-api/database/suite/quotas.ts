/** Laws of quotas: exact, however many ask at once, and nothing of what is refused stays. */
import { parseName } from '@zonecast/dns'
import type { Refusal } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import type { QuotaLimits, ZoneDatabase } from '../zone-database.ts'
import { changeSet, context, newZone, put, remove } from './fixture.ts'
import type { Law } from './laws.ts'

const anna = context({ principal: 'anna' })

async function setQuotas(database: ZoneDatabase, limits: QuotaLimits | undefined): Promise<void> {
  await database.setQuotas({ ...context(), of: 'anna', limits })
}

/** What each of them came to: the quota that refused it, or nothing. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<(string | undefined)[]> {
  const settled = await Promise.allSettled(calls)
  return settled.map((one) => (one.status === 'fulfilled' ? undefined : quotaOf(one.reason as Refusal)))
}

function quotaOf(refusal: Refusal): string {
  const info = refusal.details.map(({ value }) => value as { metadata?: { quota?: string } })
  return info.find(({ metadata }) => metadata)?.metadata?.quota ?? refusal.message
}

const zoneOf = (index: number) => newZone({ ...anna, apex: parseName(`zone-${index}.example.`) })
const count = <T>(all: readonly T[], wanted: T) => all.filter((one) => one === wanted).length
const edit = (index: number, over = {}) => changeSet([put(`w${index}`, 'A', '192.0.2.7')], { ...anna, ...over })

export const quotaLaws: Law[] = [
  [
    'exactly as many zones are made as a quota says, also where many are asked for at once',
    async ({ database }) => {
      await setQuotas(database, { zones: 5 })
      const made = await outcomes(Array.from({ length: 12 }, (_, index) => database.createZone(zoneOf(index))))
      assert.deepEqual([count(made, undefined), count(made, 'zones')], [5, 7])
      assert.deepEqual(await database.quotasOf('anna'), { own: { zones: 5 }, zones: 5 })
      const { zones } = await database.listZones({ limit: 100 })
      assert.equal(zones.length, 5)
    },
  ],
  [
    'a zone that is deleted makes room, and zones of others do not count',
    async ({ database }) => {
      await setQuotas(database, { zones: 1 })
      await database.createZone(newZone())
      await database.createZone(zoneOf(1))
      assert.deepEqual(await outcomes([database.createZone(zoneOf(2))]), ['zones'])
      await database.deleteZone({ ...anna, zone: 'zone-1.example.', expectedVersion: 0n })
      await database.createZone(zoneOf(2))
      assert.deepEqual(await outcomes([database.createZone(zoneOf(1))]), ['zones'])
    },
  ],
  [
    'a zone has at most as many RRsets as a quota says, and one that has more may shrink',
    async ({ database }) => {
      await database.createZone(newZone())
      await setQuotas(database, { rrsetsPerZone: 5 })
      const edits = await outcomes(Array.from({ length: 6 }, (_, index) => database.applyChanges(edit(index))))
      assert.deepEqual([count(edits, undefined), count(edits, 'rrsets_per_zone')], [2, 4])
      assert.deepEqual(await outcomes([database.applyChanges(edit(99, { dryRun: true }))]), ['rrsets_per_zone'])
      await setQuotas(database, { rrsetsPerZone: 3 })
      assert.deepEqual(await outcomes([database.applyChanges(edit(99))]), ['rrsets_per_zone'])
      const one = edits.indexOf(undefined)
      await database.applyChanges(changeSet([remove(`w${one}`, 'A')], { ...anna, force: true }))
    },
  ],
  [
    'no more changes than a quota says in a row; dry runs, repetitions and what changes nothing do not count',
    async ({ database }) => {
      await database.createZone(newZone())
      await setQuotas(database, { changesPerMinute: 1, burst: 3 })
      for (let index = 0; index < 5; index++) await database.applyChanges(edit(index, { dryRun: true }))
      const repeated = edit(0, context({ principal: 'anna', requestId: 'one' }))
      for (let times = 0; times < 4; times++) await database.applyChanges(repeated)
      await database.applyChanges(edit(0))
      const edits = await outcomes([1, 2, 3, 4].map((index) => database.applyChanges(edit(index))))
      assert.deepEqual([count(edits, undefined), count(edits, 'changes_per_minute')], [2, 2])
      await database.applyChanges(repeated)
      const refusal = await database.applyChanges(edit(9)).then(
        () => assert.fail(),
        (error: unknown) => error as Refusal,
      )
      const retry = refusal.details.map(({ value }) => value as { retryDelay?: { seconds: bigint } })
      const seconds = Number(retry.find(({ retryDelay }) => retryDelay)?.retryDelay?.seconds)
      assert.ok(seconds > 0 && seconds <= 60, `${seconds} s`)
      const { rrsets } = await database.listRRsets({ zone: 'example.com.', limit: 100, maxOctets: 1 << 20 })
      assert.equal(rrsets.length, 3 + 3)
    },
  ],
  [
    'what is refused for another reason does not count, and others are not bounded',
    async ({ database }) => {
      await database.createZone(newZone())
      await setQuotas(database, { changesPerMinute: 1, burst: 1 })
      await assert.rejects(database.applyChanges(edit(0, { expectedVersion: 9n })))
      await assert.rejects(database.applyChanges(changeSet([put('www', 'CNAME', 'a', 'b')], anna)))
      await database.applyChanges(edit(0))
      for (let index = 1; index < 4; index++) await database.applyChanges(edit(index, context()))
    },
  ],
  [
    'quotas are set and taken back, with a line in the audit log',
    async ({ database }) => {
      await database.createZone(newZone())
      await setQuotas(database, { zones: 7, burst: 2, changesPerMinute: 1 })
      assert.deepEqual((await database.quotasOf('anna')).own, { zones: 7, burst: 2, changesPerMinute: 1 })
      await setQuotas(database, undefined)
      assert.deepEqual(await database.quotasOf('anna'), { own: undefined, zones: 0 })
      const { events } = await database.listEvents({ limit: 2 })
      const lines = events.flatMap((event) => (event.kind === 'change' ? event.details : []))
      assert.deepEqual(
        lines.map(({ subject, before, after }) => [subject, before !== '', after !== '']),
        [
          ['quotas of anna', true, false],
          ['quotas of anna', false, true],
        ],
      )
      for (let index = 0; index < 4; index++) await database.applyChanges(edit(index))
    },
  ],
  [
    'default quotas bound those that have none of their own and are not exempt',
    async (state) => {
      await state.reopen({ quotas: { zones: 1 } })
      const { database } = state
      await database.createZone(zoneOf(1))
      assert.deepEqual(await outcomes([database.createZone(zoneOf(2))]), ['zones'])
      await database.createZone({ ...zoneOf(2), isExempt: true })
      await setQuotas(database, {})
      await database.createZone(zoneOf(3))
    },
  ],
]
