/** Which publishers an edge follows. */
import assert from 'node:assert/strict'
import { createLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { Publishers } from './publishers.ts'

/** Publishers whose names are looked up in a table; `said` tells what happened, in order. */
function start(urls: readonly string[], names: Record<string, readonly string[]>) {
  const clock = fakeClock()
  const said: string[] = []
  const states = new Map<string, { connected: boolean }>()
  const publishers = new Publishers({
    urls,
    clock,
    log: createLogger({ app: 'test', level: 'silent' }),
    resolve: async (host) => names[host] ?? Promise.reject(new Error(`${host} is not known`)),
    open: (url, address = url) => {
      said.push(`${address} is followed`)
      const publisher = { url, publisherId: address, connected: false, stream: 0, lastHeardAt: undefined, lastError: '' }
      states.set(address, publisher)
      const follower = { client: {} as never, publisher, close: async () => void said.push(`${address} is left`) }
      return { follower, access: {} as never, close: () => void said.push(`${address} is closed`) }
    },
  })
  publishers.start()
  return { clock, publishers, states, heard: () => said.splice(0) }
}

test('one that has left the name and still sends is followed until it does not', async () => {
  const names: Record<string, readonly string[]> = { publisher: ['10.0.0.1'] }
  const { heard, publishers, clock, states } = start(['https://publisher:8054'], names)
  await clock.pass({ ms: 0 })
  states.get('10.0.0.1')!.connected = true
  names['publisher'] = ['10.0.0.2']
  heard()
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.2 is followed'])
  states.get('10.0.0.1')!.connected = false
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.1 is left', '10.0.0.1 is closed'])
  await publishers.closeFollowers()
})

test('a name that leads nowhere is told of, and looked up again', async () => {
  const names: Record<string, readonly string[]> = {}
  const { heard, publishers, clock } = start(['https://publisher:8054'], names)
  await clock.pass({ ms: 0 })
  assert.deepEqual(
    publishers.states.map(({ url, lastError }) => [url, lastError]),
    [['https://publisher:8054', 'publisher is not known']],
  )
  names['publisher'] = ['10.0.0.1']
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), ['10.0.0.1 is followed'])
  delete names['publisher']
  await clock.pass({ seconds: 2 })
  assert.deepEqual(heard(), [])
  assert.deepEqual(
    publishers.states.map(({ publisherId }) => publisherId),
    ['10.0.0.1'],
  )
  await publishers.closeFollowers()
})
