/** When DNS clients are sent to an edge. */
import assert from 'node:assert/strict'
import { ServingStatus } from '@zonecast/rpc'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { dnsHealthService, reportReadiness } from './readiness.ts'

/** An edge that starts with so many zones, and what its health says. */
function start(zones: number) {
  const clock = fakeClock()
  const said: boolean[] = []
  const edge = { level: false }
  const health = {
    set(service: string, status: ServingStatus) {
      assert.equal(service, dnsHealthService)
      said.push(status === ServingStatus.SERVING)
    },
  }
  const store = { zones: () => Array.from({ length: zones }, () => ({})) as never }
  const readiness = reportReadiness({ health, store, level: () => edge.level, clock })
  return { clock, edge, readiness, last: () => said.at(-1) }
}

test('a new edge is not ready before it has what a publisher had, and stays ready then', () => {
  const { clock, edge, last } = start(0)
  clock.advance({ minutes: 1 })
  assert.equal(last(), false)
  edge.level = true
  clock.advance({ seconds: 1 })
  assert.equal(last(), true)
  assert.equal(clock.pending, 0)
})

test('an edge that starts with zones is ready at once: publishers may be away', () => {
  const { clock, last } = start(1)
  assert.equal(last(), true)
  assert.equal(clock.pending, 0)
})

test('an edge that stops says nothing more', () => {
  const { clock, readiness } = start(0)
  readiness.close()
  assert.equal(clock.pending, 0)
})
