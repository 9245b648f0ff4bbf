/** Who is told of progress. */
import assert from 'node:assert/strict'
import { createLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { Reports } from './reports.ts'

/** Reports whose names are looked up in a table; `said` tells what happened, in order. */
function start(urls: readonly string[], names: Record<string, readonly string[] | undefined>) {
  const clock = fakeClock()
  const said: string[] = []
  const reports = new Reports({
    urls,
    clock,
    log: createLogger({ app: 'test', level: 'silent' }),
    resolve: async (host) => names[host] ?? Promise.reject(new Error(`${host} is not known`)),
    open: (url, address = url) => ({
      url: address,
      changes: {} as never,
      registry: {} as never,
      close: () => void said.push(`${address} closed`),
    }),
    report: ({ url }) => ({
      start: () => void said.push(`${url} joins`),
      moved: (edgeId) => void said.push(`${url} hears of ${edgeId}`),
      step: () => {},
      logMoved: () => {},
      close: async () => void said.push(`${url} leaves`),
    }),
    orders: ({ url }) => ({
      start: () => {},
      answered: ({ order }) => {
        said.push(`${url} is asked whose order ${order} was`)
        return url === '10.0.0.2'
      },
      close: async () => {},
    }),
  })
  reports.start()
  const heard = () => said.splice(0)
  return { clock, reports, heard }
}

test('every zone API behind a name is told, and every name', async () => {
  const { reports, heard, clock } = start(['https://one:8053', 'https://two:8053'], {
    one: ['10.0.0.1', '10.0.0.2'],
    two: ['10.0.0.3'],
  })
  await clock.pass({ ms: 0 })
  assert.deepEqual(heard(), ['10.0.0.1 joins', '10.0.0.2 joins', '10.0.0.3 joins'])
  reports.moved('e1')
  assert.deepEqual(heard(), ['10.0.0.1 hears of e1', '10.0.0.2 hears of e1', '10.0.0.3 hears of e1'])
  await reports.close()
})

test('one that joins is told within seconds, and one that is gone is let go', async () => {
  const names: Record<string, readonly string[]> = { api: ['10.0.0.1'] }
  const { reports, heard, clock } = start(['https://api:8053'], names)
  await clock.pass({ ms: 0 })
  heard()
  names['api'] = ['10.0.0.2']
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.2 joins', '10.0.0.1 leaves', '10.0.0.1 closed'])
  await reports.close()
})

test('a name that cannot be looked up takes nobody away', async () => {
  const names: Record<string, readonly string[] | undefined> = { api: undefined }
  const { reports, heard, clock } = start(['https://api:8053'], names)
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), [])
  names['api'] = ['10.0.0.1']
  await clock.pass({ seconds: 2 })
  names['api'] = undefined
  await clock.pass({ seconds: 2 })
  reports.moved('e1')
  assert.deepEqual(heard(), ['10.0.0.1 joins', '10.0.0.1 hears of e1'])
  await reports.close()
  assert.deepEqual(heard(), ['10.0.0.1 leaves', '10.0.0.1 closed'])
  assert.equal(clock.pending, 0)
})

test('an order that was carried out is told to whoever gave it', async () => {
  const { reports, heard, clock } = start(['https://api:8053'], { api: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] })
  await clock.pass({ ms: 0 })
  heard()
  reports.answered({
    kind: 'resetDone',
    order: 7n,
    zone: 'a.',
    shard: 0,
    outcome: 'done',
    had: undefined,
    have: undefined,
    detail: '',
  })
  assert.deepEqual(heard(), ['10.0.0.1 is asked whose order 7 was', '10.0.0.2 is asked whose order 7 was'])
  await reports.close()
})
