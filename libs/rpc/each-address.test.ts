/** What is opened and closed as addresses join names and leave them. */
import assert from 'node:assert/strict'
import { silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { EachAddress } from './each-address.ts'

/** Names are looked up in a table; `heard` tells what happened since it was called last, in order. */
function start(urls: readonly string[], names: Record<string, readonly string[]>) {
  const clock = fakeClock()
  const said: string[] = []
  const kept = new Set<string>()
  const each = new EachAddress<string>({
    urls,
    clock,
    log: silentLogger(),
    resolve: async (host) => names[host] ?? Promise.reject(new Error(`${host} is not known`)),
    open: (url, address = url) => {
      said.push(`${address} joins`)
      return address
    },
    close: async (address) => void said.push(`${address} leaves`),
    mayClose: (address) => !kept.has(address),
  })
  each.start()
  return { clock, each, kept, heard: () => said.splice(0) }
}

test('an address is opened at once, and so is this machine, which is one host', async () => {
  const { heard, each, clock } = start(['https://192.0.2.1:1', 'https://[2001:db8::1]:1', 'http://localhost:1'], {})
  assert.deepEqual(heard(), ['https://192.0.2.1:1 joins', 'https://[2001:db8::1]:1 joins', 'http://localhost:1 joins'])
  assert.equal(clock.pending, 0)
  await each.stop()
})

test('every address of a name is opened, those that join within seconds, and those that are gone are closed', async () => {
  const names: Record<string, readonly string[]> = { api: ['10.0.0.1', '10.0.0.2'] }
  const { heard, each, clock } = start(['https://api:1', 'https://api:1'], names)
  await clock.pass({ ms: 0 })
  assert.deepEqual(heard(), ['10.0.0.1 joins', '10.0.0.2 joins'])
  names['api'] = ['10.0.0.2', '10.0.0.3']
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.3 joins', '10.0.0.1 leaves'])
  assert.deepEqual(each.current, ['10.0.0.2', '10.0.0.3'])
  await each.stop()
  assert.equal(clock.pending, 0)
})

test('one that may not be closed yet stays until it may', async () => {
  const names: Record<string, readonly string[]> = { api: ['10.0.0.1'] }
  const { heard, each, clock, kept } = start(['https://api:1'], names)
  await clock.pass({ ms: 0 })
  kept.add('10.0.0.1')
  names['api'] = ['10.0.0.2']
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.1 joins', '10.0.0.2 joins'])
  kept.clear()
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.1 leaves'])
  await each.stop()
})

test('a name that leads nowhere is told of, and looked up again; one that did lead somewhere takes nothing away', async () => {
  const names: Record<string, readonly string[]> = {}
  const { heard, each, clock } = start(['https://api:1'], names)
  await clock.pass({ ms: 0 })
  assert.deepEqual([...each.unknown], [['https://api:1', 'api is not known']])
  names['api'] = ['10.0.0.1']
  await clock.pass({ seconds: 2 })
  delete names['api']
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.1 joins'])
  assert.equal(each.unknown.size, 0)
  await each.stop()
})

test('who stops while a name is looked up gets nothing more', async () => {
  const { heard, each, clock } = start(['https://api:1'], { api: ['10.0.0.1'] })
  await each.stop()
  assert.deepEqual(heard(), [])
  assert.equal(clock.pending, 0)
})
